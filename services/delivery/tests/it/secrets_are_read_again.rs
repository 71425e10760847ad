use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;

use crate::fixture::{CHANNEL, Pace, Replica, Say, Stage};

/// Nobody touches the channel's row: only the file behind the reference changes.
#[tokio::test]
async fn a_key_that_appears_or_is_replaced_is_used_without_a_restart() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.declare(CHANNEL, "harbour", Pace::FREE, &stage.sim.url(), "rotated").await?;
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "no key yet")).await?;
    stage.until_door("credentials").await?;
    assert_eq!(stage.message(id).await?.state, "queued");
    stage.write_secret("rotated", "key")?;
    stage.until_state(id, "sent").await?;
    stage.until_door("open").await?;

    // Replaced at the provider first, so ours is refused until the file has the new one.
    stage.write_secret("rotated", "wrong")?;
    let refused = async || {
        if stage.door().await.ok()? == "credentials" {
            return Some(());
        }
        stage.say(Say::reply(2, "is the key still good?")).await.ok()?;
        None
    };
    testkit::eventually(crate::fixture::PATIENCE, "the old key is refused", refused).await?;
    let id = stage.say(Say::reply(3, "waits for the new key")).await?;
    stage.write_secret("rotated", "key")?;
    stage.until_state(id, "sent").await?;
    Ok(())
}

/// The last look-up decides what becomes of an unknown: it must not be used up while nobody could be asked.
#[tokio::test]
async fn a_look_up_waits_until_the_provider_can_be_asked() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let other = uuid::Uuid::from_u128(77);
    stage.channel(other, "other", Pace::FREE).await?;
    let _replica = Replica::with(&stage, &[("call_timeout", "1s")]).await?;
    stage.sim.fault(FaultKind::TimeoutAfter { hold_ms: 60_000 }, Trigger::next(2));
    let id = stage.say(Say::reply(1, "no answer")).await?;
    stage.until_state(id, "unknown").await?;
    let control = stage.say(Say::reply(2, "no answer either").with("channel_id", other.to_string())).await?;
    stage.until_state(control, "unknown").await?;
    stage.declare(CHANNEL, "harbour", Pace::FREE, &stage.sim.url(), "rotated").await?;
    let parked = stage.say(Say::reply(3, "parked")).await?;
    stage.until(parked, "there is no key", |row| row.attempts > 0).await?;
    sqlx::query(
        "update delivery.message set lookups = 3, lookup_at = clock_timestamp() where state = 'unknown'",
    )
    .execute(&stage.owner)
    .await?;
    // The other channel's look-up was made in the same second.
    stage.until_state(control, "sent").await?;
    let waiting = "select count(*) from delivery.message where state = 'unknown' and lookups = 3 and lookup_at is not null";
    assert_eq!(stage.count(waiting).await?, 1);
    stage.write_secret("rotated", "key")?;
    stage.until_state(id, "sent").await?;
    assert_eq!(stage.message(id).await?.attempts, 1);
    Ok(())
}
