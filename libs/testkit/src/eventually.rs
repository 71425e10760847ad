use std::time::Duration;

use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Asks `look` again and again until it gives something or `limit` is over. `what` names the awaited thing in the
/// error: "the reply is sent".
pub async fn eventually<T>(
    limit: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> anyhow::Result<T> {
    let end = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        // A look that hangs must not outlive the limit either.
        match tokio::time::timeout_at(end, look()).await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) if Instant::now() + pause < end => tokio::time::sleep(pause).await,
            _ => anyhow::bail!("waited {limit:?} in vain until {what}"),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn gives_what_appears() -> anyhow::Result<()> {
        let mut looks = 0;
        let found = eventually(Duration::from_secs(5), "it is there", || {
            looks += 1;
            std::future::ready((looks == 4).then_some(looks))
        });
        assert_eq!(found.await?, 4);
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn says_what_did_not_come() {
        let found = eventually(Duration::from_secs(5), "the reply is sent", async || None::<()>).await;
        assert!(found.is_err_and(|error| error.to_string() == "waited 5s in vain until the reply is sent"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_is_given_up() {
        let found =
            eventually(Duration::from_secs(5), "it is there", std::future::pending::<Option<()>>).await;
        assert!(found.is_err());
    }
}
