//! Wake-ups become claimed keys.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bus::Wake;
use metrics::counter;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use work::Verdict;

use super::{
    Worker,
    fair::FairQueue,
    run::{Company, Job},
    running::Entry,
};
use crate::store::turns::{self, Loaded};

/// Wake-ups held in memory beyond those being run. The rest waits at the broker.
const QUEUED: usize = 1024;
const CLAIMED_AT_ONCE: usize = 64;
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Takes wake-ups until `stop`, then ends; runs under way go on.
pub async fn gather(worker: Arc<Worker>, mut wakes: mpsc::Receiver<Wake>, stop: CancellationToken) {
    let mut queue: FairQueue<String, Wake> = FairQueue::default();
    loop {
        let mut arrived = Vec::new();
        if queue.len() == 0 {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                n = wakes.recv_many(&mut arrived, QUEUED) => if n == 0 { return },
            }
        }
        while queue.len() + arrived.len() < QUEUED
            && let Ok(wake) = wakes.try_recv()
        {
            arrived.push(wake);
        }
        for wake in arrived {
            queue.push(wake.subject().to_owned(), wake);
        }
        let Ok(permit) = worker.permits.clone().acquire_owned().await else { return };
        if stop.is_cancelled() {
            return;
        }
        take(&worker, &mut queue, permit).await;
    }
}

/// Claims as many keys as there are permits, and starts their runs.
async fn take(worker: &Arc<Worker>, queue: &mut FairQueue<String, Wake>, first: OwnedSemaphorePermit) {
    let mut permits = vec![first];
    let mut batch: HashMap<Uuid, (Wake, Entry)> = HashMap::new();
    while batch.len() < CLAIMED_AT_ONCE {
        if permits.len() == batch.len() {
            match worker.permits.clone().try_acquire_owned() {
                Ok(permit) => permits.push(permit),
                Err(_) => break,
            }
        }
        let Some(wake) = queue.pop() else { break };
        // Not one of ours, or its key is being run in this very process, which reads again at its release.
        let Some(key) = wake.key() else {
            wake.ack().await;
            continue;
        };
        match worker.running.enter(key) {
            Some(entry) => drop(batch.insert(key, (wake, entry))),
            None => wake.ack().await,
        }
    }
    if batch.is_empty() {
        return;
    }
    let (mut claims, mut loaded) =
        if worker.lease.holds() { claim(worker, &batch).await } else { Default::default() };
    for (key, (wake, entry)) in batch {
        let Some(verdict) = claims.remove(&key) else {
            // No lease, no database, or a conversation that was erased.
            wake.nak(LOOK_AGAIN).await;
            continue;
        };
        let (held, company) = match verdict {
            Verdict::Idle | Verdict::Owned => {
                wake.ack().await;
                continue;
            }
            Verdict::Early { wait } => {
                if wake.is_redelivered() {
                    wake.nak(wait).await
                } else {
                    wake.ack().await
                }
                continue;
            }
            Verdict::Claimed(held) => (held, Company::Others),
            Verdict::Suspect(held) => (held, Company::Alone),
            Verdict::Poison(held) => (held, Company::Poison),
        };
        if let Some(permit) = permits.pop() {
            let job = Job { held, wake, entry, permit, company, loaded: loaded.remove(&key) };
            tokio::spawn(super::run::run(worker.clone(), job));
        }
    }
}

/// Verdicts by key, and what the turns on those that are mine now must see.
async fn claim(
    worker: &Worker,
    batch: &HashMap<Uuid, (Wake, Entry)>,
) -> (HashMap<Uuid, Verdict>, HashMap<Uuid, Loaded>) {
    let keys: Vec<Uuid> = batch.keys().copied().collect();
    match turns::take(&worker.pool, worker.heart.me(), &keys).await {
        Ok((claims, loaded)) => {
            counter!("frontdesk_conversation_claims_total").increment(loaded.len() as u64);
            (
                claims.into_iter().map(|claim| (claim.key, claim.verdict)).collect(),
                loaded.into_iter().map(|loaded| (loaded.key, loaded)).collect(),
            )
        }
        Err(error) => {
            // If the claim was committed all the same, reconcile hands the keys back within seconds.
            warn!(keys = keys.len(), %error, "claim failed; the wake-ups come again");
            Default::default()
        }
    }
}
