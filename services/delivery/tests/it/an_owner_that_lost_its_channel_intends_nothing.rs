use delivery::store::sending::{Draw, intend};
use ids::ChannelId;
use work::{Heart, Verdict};

use crate::fixture::{CHANNEL, Say, Stage};

async fn claimed(heart: &Heart) -> anyhow::Result<i64> {
    match heart.claim(&[CHANNEL]).await?.first().map(|claim| claim.verdict) {
        Some(Verdict::Claimed(held)) => Ok(held.epoch),
        other => anyhow::bail!("not claimed: {other:?}"),
    }
}

/// An intent is what allows a call. One who slept past its lease gets none, neither with its old epoch nor with the new one of
/// somebody else.
#[tokio::test]
async fn only_the_present_owner_at_its_present_epoch_may_call() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let join = async || Heart::join(stage.service.clone(), stage.service.clone(), "delivery").await;
    let (sleeper, heir) = (join().await?, join().await?);
    let message = stage.enqueue(&[Say::reply(1, "Good morning")]).await?[0];
    let stale = claimed(&sleeper).await?;
    sqlx::query("update delivery.instance set seen_at = seen_at - interval '1 minute' where id = $1")
        .bind(sleeper.me().uuid())
        .execute(&stage.owner)
        .await?;
    let fresh = claimed(&heir).await?;
    let intended = async |heart: &Heart, epoch| {
        let draw = Draw {
            channel: ChannelId::from_uuid(CHANNEL),
            epoch,
            tokens: 1.0,
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        Ok::<_, sqlx::Error>(intend(&stage.service, heart.me(), &[message], &[draw], &[], &[]).await?.len())
    };
    for (heart, epoch) in [(&sleeper, stale), (&sleeper, fresh), (&heir, stale)] {
        assert_eq!(intended(heart, epoch).await?, 0);
    }
    assert_eq!(stage.message(message).await?.state, "queued");
    assert_eq!(intended(&heir, fresh).await?, 1);
    Ok(())
}
