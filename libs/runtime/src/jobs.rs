//! Chores that run now and then: what they are, when each last ran in this process, how that went; and running one by hand.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::SharedClock;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// The chores of one service in one process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Jobs {
    service: &'static str,
    clock: SharedClock,
    all: Arc<Mutex<BTreeMap<&'static str, Kept>>>,
}

#[derive(Debug)]
struct Kept {
    shown: Job,
    by_hand: Arc<Notify>,
}

/// One chore as people see it. It counts since the process started; for longer, ask Prometheus.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// How often.
    pub every: Duration,
    /// The last run.
    pub last: Option<Run>,
    /// Runs that ended well.
    pub done: u64,
    /// Runs that failed.
    pub failed: u64,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Run {
    /// When it ended.
    pub at: jiff::Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What it did; or why it failed.
    pub result: Result<String, String>,
}

impl Jobs {
    /// None yet.
    #[must_use]
    pub fn new(service: &'static str, clock: SharedClock) -> Self {
        describe_counter!(
            "frontdesk_job_runs_total",
            Unit::Count,
            "Runs of chores, by service, chore and result"
        );
        describe_histogram!("frontdesk_job_seconds", Unit::Seconds, "How long runs of chores take");
        describe_gauge!(
            "frontdesk_job_done_timestamp_seconds",
            Unit::Seconds,
            "When a chore last ended well"
        );
        Self { service, clock, all: Arc::default() }
    }

    /// Runs a chore at once, then every so often and whenever somebody asks, until `stop`; a run under way is left then. A run
    /// that fails is logged, and the next one is tried in its time. What it answers is shown: no customers' data.
    pub async fn keep<T, E, W>(
        self,
        name: &'static str,
        about: &'static str,
        every: Duration,
        stop: CancellationToken,
        mut work: impl FnMut() -> W,
    ) -> anyhow::Result<()>
    where
        T: Display,
        E: Display,
        W: Future<Output = Result<T, E>>,
    {
        let by_hand = self.add(name, about, every);
        let mut tick = tokio::time::interval(every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = tick.tick() => {}
                () = by_hand.notified() => {}
            }
            let began = Instant::now();
            let Some(result) = stop.run_until_cancelled(work()).await else { return Ok(()) };
            let result = result.map(|done| done.to_string()).map_err(|error| error.to_string());
            self.ended(name, began.elapsed(), result);
        }
    }

    /// All of them, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Job> {
        self.all().values().map(|kept| kept.shown.clone()).collect()
    }

    /// Has one run now. `false`: there is none of that name.
    #[must_use]
    pub fn run_now(&self, name: &str) -> bool {
        self.all().get(name).inspect(|kept| kept.by_hand.notify_one()).is_some()
    }

    fn add(&self, name: &'static str, about: &'static str, every: Duration) -> Arc<Notify> {
        let by_hand = Arc::new(Notify::new());
        let shown = Job { name, about, every, last: None, done: 0, failed: 0 };
        self.all().insert(name, Kept { shown, by_hand: by_hand.clone() });
        by_hand
    }

    fn ended(&self, name: &'static str, took: Duration, result: Result<String, String>) {
        let word = if result.is_ok() { "done" } else { "failed" };
        counter!("frontdesk_job_runs_total", "service" => self.service, "job" => name, "result" => word)
            .increment(1);
        histogram!("frontdesk_job_seconds", "service" => self.service, "job" => name)
            .record(took.as_secs_f64());
        let at = self.clock.now();
        match &result {
            Ok(_) => gauge!("frontdesk_job_done_timestamp_seconds", "service" => self.service, "job" => name)
                .set(at.as_second() as f64),
            Err(error) => tracing::warn!(job = name, error, "a chore failed; it is tried again in its time"),
        }
        if let Some(kept) = self.all().get_mut(name) {
            match &result {
                Ok(_) => kept.shown.done += 1,
                Err(_) => kept.shown.failed += 1,
            }
            kept.shown.last = Some(Run { at, took, result });
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<&'static str, Kept>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn it_runs_in_its_time_and_by_hand_and_says_how_it_went() -> anyhow::Result<()> {
        let (jobs, stop) = (Jobs::new("test", clock::SystemClock::shared()), CancellationToken::new());
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let keeping = tokio::spawn(jobs.clone().keep(
            "tidy",
            "forgets",
            Duration::from_secs(600),
            stop.clone(),
            move || {
                let run = counted.fetch_add(1, Ordering::Relaxed);
                async move { if run == 0 { Ok("3 rows") } else { Err("the database is away") } }
            },
        ));
        let ran = async |times: u64| loop {
            match jobs.list().first() {
                Some(job) if job.done + job.failed == times => return job.clone(),
                _ => tokio::task::yield_now().await,
            }
        };
        let first = ran(1).await;
        assert_eq!(first.last.map(|run| run.result), Some(Ok("3 rows".to_owned())));
        assert!(jobs.run_now("tidy") && !jobs.run_now("nothing"));
        let second = ran(2).await;
        assert_eq!((second.done, second.failed), (1, 1));
        assert_eq!(second.last.map(|run| run.result), Some(Err("the database is away".to_owned())));
        stop.cancel();
        keeping.await?
    }
}
