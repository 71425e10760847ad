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
        until_waiting(&stage, 1).await?;
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

/// Each takes the ladder's row first and the message's second, so none can hold what another one wants.
#[tokio::test]
async fn those_who_wait_together_do_not_wait_for_each_other() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    for (customer, sides) in (0..).zip([[Side::Settle, Side::Echo], [Side::Echo, Side::Settle]]) {
        let id = intended(&stage, customer).await?;
        let mut holding = pool_of(&stage, Side::Receipt).begin().await?;
        write(&mut holding, Side::Receipt, id, customer).await?;
        let mut waiting = Vec::new();
        for (number, side) in (1..).zip(sides) {
            let pool = pool_of(&stage, side).clone();
            waiting.push(tokio::spawn(async move {
                let mut connection = pool.acquire().await?;
                write(&mut connection, side, id, customer).await
            }));
            until_waiting(&stage, number).await?;
        }
        holding.commit().await?;
        for task in waiting {
            task.await??;
        }
        assert_eq!(stage.shown(id).await?, "delivered", "{sides:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_failure_that_was_reported_first_counts_whoever_is_settled_beside_it() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let (failed, delivered) = (intended(&stage, 1).await?, intended(&stage, 2).await?);
    let receipts = json!([
        { "channel_id": CHANNEL, "provider_id": provider_id(1), "status": "failed", "error_code": "131026" },
        { "channel_id": CHANNEL, "provider_id": provider_id(2), "status": "delivered" },
    ]);
    sqlx::query("select delivery.record_receipts_v1($1)").bind(receipts).execute(&stage.intake).await?;
    settle(&stage, &[(failed, 1), (delivered, 2)]).await?;
    assert_eq!(stage.message(failed).await?.state, "failed");
    assert_eq!(stage.shown(delivered).await?, "delivered");
    Ok(())
}

/// Its owner could not write for a while, and another one has queued the message again.
#[tokio::test]
async fn what_was_sent_is_believed_though_its_row_has_moved_on() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let id = intended(&stage, 1).await?;
    sqlx::query("update delivery.message set state = 'queued', attempts = 2 where id = $1")
        .bind(id)
        .execute(&stage.owner)
        .await?;
    settle(&stage, &[(id, 1)]).await?;
    assert_eq!(stage.message(id).await?.state, "sent");
    Ok(())
}

async fn settle(stage: &Stage, sent: &[(Uuid, u32)]) -> anyhow::Result<()> {
    let rows: Vec<_> = sent
        .iter()
        .map(|(id, customer)| {
            json!({ "id": id, "n": 1, "state": "sent", "outcome": "accepted", "provider_id": provider_id(*customer),
                    "tries": 1, "waits": 0 })
        })
        .collect();
    sqlx::query("select delivery.settle($1)").bind(json!(rows)).execute(&stage.service).await?;
    Ok(())
}

/// Waits until so many wait for somebody's lock.
async fn until_waiting(stage: &Stage, count: i64) -> anyhow::Result<()> {
    let look = async || (stage.count(WAITING).await.ok()? == count).then_some(());
    eventually(PATIENCE, "the others wait", look).await
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
