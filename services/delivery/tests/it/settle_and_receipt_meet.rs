use serde_json::json;
use sqlx::{PgConnection, PgPool};
use testkit::eventually;
use uuid::Uuid;

use crate::fixture::{CHANNEL, PATIENCE, Say, Stage};

/// Everything that may be written about one message at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Settle,
    Receipt,
    Echo,
}

fn provider_id(customer: u32) -> String {
    format!("PROVIDER{customer}")
}

#[tokio::test]
async fn whoever_comes_second_waits_and_sees_the_first() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    for (customer, (first, second)) in (0..).zip([
        (Side::Settle, Side::Receipt),
        (Side::Receipt, Side::Settle),
        (Side::Settle, Side::Echo),
        (Side::Echo, Side::Settle),
        (Side::Echo, Side::Receipt),
    ]) {
        let id = intended(&stage, customer).await?;
        let mut holding = pool_of(&stage, first).begin().await?;
        write(&mut holding, first, id, customer).await?;
        let waiting = tokio::spawn({
            let pool = pool_of(&stage, second).clone();
            async move {
                let mut connection = pool.acquire().await?;
                write(&mut connection, second, id, customer).await
            }
        });
        eventually(PATIENCE, "the second waits for the first", async || {
            (stage.count(WAITING).await.ok()? == 1).then_some(())
        })
        .await?;
        holding.commit().await?;
        waiting.await??;
        if ![first, second].contains(&Side::Settle) {
            let mut connection = stage.service.acquire().await?;
            write(&mut connection, Side::Settle, id, customer).await?;
        }
        let delivered = [first, second].contains(&Side::Receipt);
        let expected = if delivered { "delivered" } else { "sent" };
        assert_eq!(stage.shown(id).await?, expected, "{first:?} then {second:?}");
        assert_eq!(stage.message(id).await?.provider_id, Some(provider_id(customer)));
    }
    Ok(())
}

/// Each begins with the row of the ladder, so none can hold what another one wants.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_at_once_never_deadlock() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let mut ids = Vec::new();
    for customer in 0..40 {
        ids.push(intended(&stage, customer).await?);
    }
    let mut tasks = Vec::new();
    for side in [Side::Settle, Side::Receipt, Side::Echo] {
        for (customer, id) in ids.iter().copied().enumerate() {
            let pool = pool_of(&stage, side).clone();
            tasks.push(tokio::spawn(async move {
                let mut connection = pool.acquire().await?;
                write(&mut connection, side, id, u32::try_from(customer)?).await
            }));
        }
    }
    for task in tasks {
        task.await??;
    }
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(stage.count(deadlocks).await?, 0);
    for id in ids {
        assert_eq!(stage.shown(id).await?, "delivered");
    }
    Ok(())
}

const WAITING: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'";

fn pool_of(stage: &Stage, side: Side) -> &PgPool {
    match side {
        Side::Settle => &stage.service,
        Side::Receipt | Side::Echo => &stage.intake,
    }
}

async fn intended(stage: &Stage, customer: u32) -> anyhow::Result<Uuid> {
    let id = stage.enqueue(&[Say::reply(customer, "Good morning")]).await?.remove(0);
    sqlx::query(
        "update delivery.message set state = 'intended', attempts = 1, intended_at = clock_timestamp() where id = $1",
    )
    .bind(id)
    .execute(&stage.owner)
    .await?;
    Ok(id)
}

async fn write(connection: &mut PgConnection, side: Side, id: Uuid, customer: u32) -> anyhow::Result<()> {
    let provider_id = provider_id(customer);
    let query = match side {
        Side::Settle => sqlx::query("select delivery.settle($1)").bind(json!([
            { "id": id, "n": 1, "state": "sent", "outcome": "accepted", "provider_id": provider_id, "tries": 1, "waits": 0 }
        ])),
        Side::Receipt => sqlx::query("select delivery.record_receipts_v1($1)")
            .bind(json!([{ "channel_id": CHANNEL, "provider_id": provider_id, "status": "delivered" }])),
        Side::Echo => sqlx::query(
            "select delivery.record_echo_v1($1, $2, array[$3], encode(sha256(convert_to('Good morning', 'UTF8')), 'hex'))",
        )
        .bind(CHANNEL)
        .bind(provider_id)
        .bind(Say::phone(customer)),
    };
    query.execute(connection).await?;
    Ok(())
}
