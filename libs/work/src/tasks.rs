//! The three loops every owner runs beside its work: heartbeat, sweeper, reconcile.

use std::{collections::HashSet, future::Future, time::Duration};

use metrics::{counter, gauge};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::Heart;

const BEAT: Duration = Duration::from_secs(1);
/// The database takes the instance for dead after 5 s; this process stops believing in itself a second earlier.
const BELIEVED: Duration = Duration::from_secs(4);
const SWEEP: Duration = Duration::from_secs(1);
const SWEEP_GRACE: Duration = Duration::from_secs(5);
const SWEEP_MOST: i32 = 500;
const RECONCILE: Duration = Duration::from_secs(3);

/// Whether this process may still believe that it owns what it claimed.
#[derive(Clone, Debug)]
pub struct Lease(watch::Receiver<Instant>);

impl Lease {
    /// Time for which the lease surely holds. Zero: take nothing new and start no call.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        (*self.0.borrow() + BELIEVED).saturating_duration_since(Instant::now())
    }

    /// Whether the lease holds at this moment.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.remaining().is_zero()
    }
}

/// Starts the heartbeat: every second, each bounded, until `stop`, which comes when nothing is owned any more: the lease
/// ends with it. The future ends only with `stop`.
pub fn beat(heart: Heart, stop: CancellationToken) -> (Lease, impl Future<Output = ()> + Send) {
    let (seen, lease) = watch::channel(Instant::now());
    let run = async move {
        stop.run_until_cancelled(beat_for_ever(&heart, seen)).await;
        match tokio::time::timeout(BEAT, heart.leave()).await {
            Ok(Ok(())) => {}
            _ => warn!(schema = heart.schema(), "lease not ended; it ends by itself in 5 s"),
        }
    };
    (Lease(lease), run)
}

async fn beat_for_ever(heart: &Heart, seen: watch::Sender<Instant>) {
    let mut tick = tokio::time::interval(BEAT);
    let mut beats: u64 = 0;
    loop {
        tick.tick().await;
        // Taken before the beat leaves: the database's clock for it can only be later.
        let sent = Instant::now();
        match tokio::time::timeout(BEAT * 3, heart.beat()).await {
            Ok(Ok(())) => drop(seen.send(sent)),
            Ok(Err(error)) => {
                warn!(schema = heart.schema(), %error, "heartbeat failed; work pauses when the lease ends");
            }
            Err(_) => warn!(schema = heart.schema(), "heartbeat timed out; work pauses when the lease ends"),
        }
        beats += 1;
        if beats.is_multiple_of(600)
            && let Err(error) = heart.forget_instances().await
        {
            warn!(schema = heart.schema(), %error, "old instances not removed; the next time will do");
        }
    }
}

/// Looks every second for keys that nobody looks at, and hands each batch to `wake`.
pub async fn sweep<F, W>(heart: Heart, stop: CancellationToken, mut wake: W)
where
    W: FnMut(Vec<(Uuid, Uuid)>) -> F + Send,
    F: Future<Output = ()> + Send,
{
    let mut tick = tokio::time::interval(SWEEP);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        match heart.overdue(SWEEP_MOST, SWEEP_GRACE).await {
            Ok(keys) if keys.is_empty() => {}
            Ok(keys) => {
                counter!("frontdesk_work_swept_total", "schema" => heart.schema())
                    .increment(keys.len() as u64);
                wake(keys).await;
            }
            Err(error) => warn!(schema = heart.schema(), %error, "sweep failed; the next tick tries again"),
        }
    }
}

/// Hands back keys whose row says that this process owns them although nothing in it runs them: a task that was lost,
/// or a claim whose COMMIT answer never came. A key must be seen so twice in a row, since a claim may be under way.
pub async fn reconcile<R>(heart: Heart, stop: CancellationToken, running: R)
where
    R: Fn() -> HashSet<Uuid> + Send,
{
    let mut tick = tokio::time::interval(RECONCILE);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut doubted: HashSet<(Uuid, i64)> = HashSet::new();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        let owned = match heart.owned().await {
            Ok(owned) => owned,
            Err(error) => {
                warn!(schema = heart.schema(), %error, "reconcile failed; the next tick tries again");
                continue;
            }
        };
        let running = running();
        gauge!("frontdesk_work_running", "schema" => heart.schema()).set(running.len() as f64);
        let orphans: HashSet<(Uuid, i64)> =
            owned.into_iter().filter(|(key, _)| !running.contains(key)).collect();
        let lost: Vec<(Uuid, i64)> = orphans.intersection(&doubted).copied().collect();
        if !lost.is_empty() {
            warn!(
                schema = heart.schema(),
                keys = lost.len(),
                "handing back keys that nothing in this process runs"
            );
            counter!("frontdesk_work_handed_back_total", "schema" => heart.schema())
                .increment(lost.len() as u64);
            if let Err(error) = heart.hand_back(&lost).await {
                warn!(schema = heart.schema(), %error, "hand-back failed; the next tick tries again");
            }
        }
        doubted = orphans;
    }
}
