use std::time::Duration;

use conversation::prune_seen;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Fixture, accept, event};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// More than one batch, and what is younger stays: it may come again.
#[tokio::test]
async fn batch_by_batch_and_nothing_younger() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    sqlx::query(
        "insert into conversation.seen (channel_id, kind, provider_id, item_id, seen_at)
         select $1, 'message', 'old-' || n, $2, now() - interval '31 days' from generate_series(1, 2500) n",
    )
    .bind(CHANNEL)
    .bind(Uuid::nil())
    .execute(&fixture.owner)
    .await?;
    fixture.text("447700900001", "young").await?;
    assert_eq!(prune_seen::forget(&fixture.pool, DAY * 30).await?, 2500);
    assert_eq!(fixture.count("select count(*) from conversation.seen").await?, 1);
    assert_eq!(prune_seen::forget(&fixture.pool, DAY * 30).await?, 0);
    let again = accept(&fixture.intake, &[event("447700900001", "young")]).await?;
    assert_eq!(again[0].outcome, "duplicate");
    Ok(())
}

/// Found by its time: forgetting must not read the table.
#[tokio::test]
async fn the_old_ones_are_found_by_an_index() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let there =
        "select count(*) from pg_indexes where schemaname = 'conversation' and indexdef like '%(seen_at)%'";
    assert!(fixture.count(there).await? >= 4, "one for each partition");
    Ok(())
}
