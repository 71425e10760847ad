use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span};

use crate::Front;

/// How long tasks may take to notice that they were cut.
const GRACE: Duration = Duration::from_secs(2);

/// How a process lives and ends. Clones share one life.
///
/// It ends in two steps. `stopping`: take nothing new, finish what is under way. `cut`: drop what is left. The first
/// comes with a signal, a failed task or [`Lifecycle::stop`]; the second with another signal or when the time to
/// drain is over.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    stopping: CancellationToken,
    cut: CancellationToken,
    tasks: TaskTracker,
    failed: Arc<AtomicBool>,
    front: Front,
    span: Span,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Lifecycle {
    /// A life that has just begun.
    pub fn new() -> Self {
        Self {
            stopping: CancellationToken::new(),
            cut: CancellationToken::new(),
            tasks: TaskTracker::new(),
            failed: Arc::new(AtomicBool::new(false)),
            front: Front::default(),
            span: Span::none(),
        }
    }

    /// The same life, seen by one of several services in the process: what its tasks log carries `service`.
    #[must_use]
    pub fn of_service(&self, service: &'static str) -> Self {
        // At error level, so that no log filter can take the field away from lines that pass.
        Self { span: tracing::error_span!(parent: None, "service", service), ..self.clone() }
    }

    /// Cancelled when nothing new may be taken. Wait for it beside whatever brings new work.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Cancelled when what is under way must be dropped.
    pub fn cut(&self) -> CancellationToken {
        self.cut.clone()
    }

    /// The process's front door.
    pub fn front(&self) -> Front {
        self.front.clone()
    }

    /// Begins to stop, as a signal would.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Runs a task on which the process depends: it is waited for at the end, and when it fails or panics the whole
    /// process stops with exit code 1. A task that ends well just ends.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.tasks.spawn(self.watched(name, task));
    }

    /// Like [`Lifecycle::spawn`], but the end of the process does not wait for it: for doors that stay open while
    /// everything else drains.
    pub(crate) fn spawn_unawaited<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        tokio::spawn(self.watched(name, task));
    }

    fn watched<F>(&self, name: &'static str, task: F) -> impl Future<Output = ()> + Send + use<F>
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let life = self.clone();
        async move {
            match AssertUnwindSafe(task).catch_unwind().await {
                Ok(Ok(())) => tracing::debug!(task = name, "task ended"),
                Ok(Err(error)) => life.fail(name, &format!("{error:#}")),
                Err(panic) => life.fail(name, panic_text(panic.as_ref())),
            }
        }
        .instrument(self.span.clone())
    }

    /// Waits until the process is to stop, then drains for at most `drain`, cuts what is left, and says how it went:
    /// 0 when every task ended well, 1 when one failed or had to be abandoned.
    pub async fn run_until_signal(&self, drain: Duration) -> ExitCode {
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => {
                tracing::error!(%error, "cannot listen for signals");
                return ExitCode::FAILURE;
            }
        };
        tokio::select! {
            name = signals.next() => tracing::info!(signal = name, "stopping"),
            () = self.stopping.cancelled() => tracing::info!("stopping"),
        }
        self.finish(drain, signals.next()).await
    }

    /// The end of [`Lifecycle::run_until_signal`], with the second signal handed in.
    async fn finish(&self, drain: Duration, second_signal: impl Future<Output = &'static str>) -> ExitCode {
        self.stopping.cancel();
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => {}
            () = tokio::time::sleep(drain) => {
                tracing::warn!(left = self.tasks.len(), "time to drain is over; dropping what is left");
            }
            name = second_signal => {
                tracing::warn!(signal = name, left = self.tasks.len(), "second signal; dropping what is left");
            }
        }
        self.cut.cancel();
        let ended = tokio::time::timeout(GRACE, self.tasks.wait()).await.is_ok();
        if !ended {
            tracing::error!(left = self.tasks.len(), "tasks did not end and were abandoned");
        }
        if ended && !self.failed.load(Ordering::SeqCst) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn fail(&self, task: &'static str, cause: &str) {
        self.failed.store(true, Ordering::SeqCst);
        tracing::error!(task, cause, "task failed; stopping the process");
        self.stop();
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "panic"
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_task_that_drains_in_time_gives_exit_code_0() {
        let life = Lifecycle::new();
        let stopping = life.stopping();
        life.spawn("worker", async move {
            stopping.cancelled().await;
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ok(())
        });
        life.stop();
        assert_eq!(life.finish(LONG, pending()).await, ExitCode::SUCCESS);
        assert!(life.cut().is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_task_stops_everybody_with_exit_code_1() {
        let life = Lifecycle::new();
        let stopping = life.stopping();
        life.spawn("healthy", async move {
            stopping.cancelled().await;
            Ok(())
        });
        life.spawn("broken", async { anyhow::bail!("no more room") });
        life.stopping().cancelled().await;
        assert_eq!(life.finish(LONG, pending()).await, ExitCode::FAILURE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_failure() {
        let life = Lifecycle::new();
        life.spawn("broken", async { panic!("a bug") });
        life.stopping().cancelled().await;
        assert_eq!(life.finish(LONG, pending()).await, ExitCode::FAILURE);
    }

    #[tokio::test(start_paused = true)]
    async fn the_drain_deadline_cuts() {
        let life = Lifecycle::new();
        let cut = life.cut();
        life.spawn("slow", async move {
            cut.cancelled().await;
            Ok(())
        });
        assert_eq!(life.finish(LONG, pending()).await, ExitCode::SUCCESS);
    }

    #[tokio::test]
    async fn a_second_signal_cuts_at_once() {
        let life = Lifecycle::new();
        let cut = life.cut();
        life.spawn("slow", async move {
            cut.cancelled().await;
            Ok(())
        });
        assert_eq!(life.finish(LONG, async { "SIGINT" }).await, ExitCode::SUCCESS);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_hears_nothing_is_abandoned_with_exit_code_1() {
        let life = Lifecycle::new();
        life.spawn("deaf", pending());
        assert_eq!(life.finish(LONG, pending()).await, ExitCode::FAILURE);
    }
}
