use std::{future::Future, time::Duration};

use bus::Wake;

/// Below `ack_wait` (30 s) by enough for two lost signals.
const EVERY: Duration = Duration::from_secs(10);

/// Runs `work` and tells the broker every 10 s that the wake-up is still being worked on.
pub async fn holding<T>(wake: Option<&Wake>, work: impl Future<Output = T>) -> T {
    let Some(wake) = wake else { return work.await };
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(EVERY) => wake.progress().await,
        }
    }
}
