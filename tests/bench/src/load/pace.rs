//! When the next message is due. A thread of its own, since the runtime's timer is only good to a millisecond.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Gives `rate` moments per second, each when it has come, until `length` is over. Nobody who listens too slowly delays
/// the next one.
pub fn ticks(rate: u32, length: Duration) -> anyhow::Result<UnboundedReceiver<Instant>> {
    let (due, dues) = unbounded_channel();
    let period = Duration::from_secs(1) / rate.max(1);
    let count = (length.as_secs_f64() * f64::from(rate)).round() as u32;
    thread::Builder::new()
        .name("pace".to_owned())
        .spawn(move || {
            let start = Instant::now();
            for moment in (0..count).map(|number| start + period * number) {
                thread::sleep(moment.saturating_duration_since(Instant::now()));
                if due.send(moment).is_err() {
                    return;
                }
            }
        })
        .context("cannot start the thread that sets the pace")?;
    Ok(dues)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn moments_are_evenly_spaced_and_never_early() -> anyhow::Result<()> {
        let mut dues = ticks(1_000, Duration::from_millis(50))?;
        let mut seen = Vec::new();
        while let Some(due) = dues.recv().await {
            assert!(Instant::now() >= due);
            seen.push(due);
        }
        assert_eq!(seen.len(), 50);
        assert!(seen.windows(2).all(|pair| pair[1] - pair[0] == Duration::from_millis(1)));
        Ok(())
    }
}
