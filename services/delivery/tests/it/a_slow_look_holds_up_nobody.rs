//! Looking whether channels hear: one that has to be asked takes as long as its canary, and the others are looked at meanwhile.

use serde_json::json;
use testkit::eventually;
use uuid::Uuid;

use crate::fixture::{CHANNEL, PATIENCE, Replica, Stage};

/// More than are looked at at once.
const OTHERS: u128 = 60;
/// All that can be looked at now are due now; who is being looked at has minutes.
const ALL_DUE: &str =
    "update delivery.hearing set due_at = now(), fits_until = now() + interval '1 day', judged_at = null
                       where due_at < now() + interval '2 minutes'";
/// Looked at since then, and due again in a minute.
const LOOKED_AT: &str = "select count(*) from delivery.hearing where fits_until is null
                         and due_at between now() + interval '30 seconds' and now() + interval '2 minutes'";

#[tokio::test]
async fn however_many_there_are() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    super::a_channel_is_deaf::ingest_says(&stage, "interval '13 hours'").await?;
    let put = async |id: Uuid, slug: String, every: f64| {
        let changes = json!({ "id": id, "slug": slug, "own_address": "447700900100", "canary_every": every });
        sqlx::query(
            "select delivery.put_channel_v1(to_jsonb(c) || $1) from delivery.channel c where c.id = $2",
        )
        .bind(changes)
        .bind(CHANNEL)
        .execute(&stage.owner)
        .await
    };
    for other in 1..=OTHERS {
        put(Uuid::from_u128(1000 + other), format!("desk-{other}"), 0.0).await?;
    }
    put(CHANNEL, "harbour".to_owned(), 3600.0).await?;
    // Its canary is waited for until long after this test.
    let _replica = Replica::with(&stage, &[("canary_wait", "600s")]).await?;
    let canaries = "select count(*) from delivery.canary";
    let asked = async || (stage.count(canaries).await.ok()? == 1).then_some(());
    eventually(PATIENCE, "one is being asked", asked).await?;
    for round in 1..=2 {
        sqlx::query(ALL_DUE).execute(&stage.owner).await?;
        let others =
            async || (stage.count(LOOKED_AT).await.ok()? == i64::try_from(OTHERS).ok()?).then_some(());
        eventually(PATIENCE, &format!("all others are looked at, round {round}"), others).await?;
    }
    let waiting = "select count(*) from delivery.hearing where due_at > now() + interval '2 minutes'";
    assert_eq!(stage.count(waiting).await?, 1, "it is still being asked");
    Ok(())
}
