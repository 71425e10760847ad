use crate::fixture::{Pace, Replica, Say, Stage};

/// Milliseconds between what the provider took first and last of twenty messages that could all go at once.
async fn spread(jitter: &str) -> anyhow::Result<i64> {
    let stage = Stage::new().await?;
    stage.pace(Pace { per_second: 5.0, burst: 20 }).await?;
    let _replica = Replica::with(&stage, &[("send_jitter", jitter)]).await?;
    let says: Vec<Say> = (0..20).map(|customer| Say::reply(customer, "hello")).collect();
    stage.say_all(&says).await?;
    let taken = stage.until_taken(20).await?;
    let times: Vec<i64> = taken.iter().map(|taken| taken.received_us / 1000).collect();
    let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else { return Ok(0) };
    Ok(last - first)
}

/// At five a second a pause is at most 100 ms; twenty of them are shorter than 350 ms together once in a million times.
#[tokio::test]
async fn its_messages_are_a_moment_apart_that_nobody_can_predict() -> anyhow::Result<()> {
    let took = spread("300ms").await?;
    assert!((350..8_000).contains(&took), "{took} ms");
    Ok(())
}

#[tokio::test]
async fn unless_that_is_not_wanted() -> anyhow::Result<()> {
    let took = spread("0s").await?;
    assert!(took < 350, "a burst goes at once, not over {took} ms");
    Ok(())
}
