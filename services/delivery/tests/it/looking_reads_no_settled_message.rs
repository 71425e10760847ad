use delivery::store::{channels, dead_items, failures, messages, sending, unknowns};
use ids::{ChannelId, ConversationId, InstanceId, MessageId, TenantId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Say, Stage, TENANT};

const MANY: i64 = 20_000;
/// What a look at the thirty that are not settled may read, one by one and through several indexes.
const FEW: i64 = 2_000;

/// Years of settled messages, a few that are not.
async fn history(stage: &Stage) -> anyhow::Result<Vec<Uuid>> {
    let says: Vec<Say> = (0..30).map(|customer| Say::reply(customer, format!("to {customer}"))).collect();
    let ids = stage.enqueue(&says).await?;
    sqlx::raw_sql(
        "update delivery.message set state = 'unknown', attempts = 1, intended_at = clock_timestamp(),
                lookup_at = clock_timestamp() + interval '1 hour' where to_address = '447700900001';
         update delivery.message set state = 'dead', settled_at = clock_timestamp(), attempts = 1
         where to_address = '447700900002'",
    )
    .execute(&stage.owner)
    .await?;
    sqlx::query(
        "insert into delivery.message (id, tenant_id, channel_id, line_id, seq, conversation_id, lane, class, profile,
                                       to_address, body, correlation_id, state, attempts, provider_id, settled_at)
         select uuidv7(), tenant_id, channel_id, line_id, seq + 1 + n, conversation_id, lane, class, profile, to_address, body,
                correlation_id, 'sent', 1, 'P' || n, clock_timestamp()
         from delivery.message, generate_series(1, $1) n where to_address = '447700900005'",
    )
    .bind(MANY)
    .execute(&stage.owner)
    .await?;
    sqlx::raw_sql("analyze delivery.message").execute(&stage.owner).await?;
    Ok(ids)
}

/// How many rows of messages were read so far, and entries of their indexes: walking through one is no better.
async fn read_through(pool: &PgPool) -> anyhow::Result<i64> {
    sqlx::query("select pg_stat_force_next_flush()").execute(pool).await?;
    Ok(sqlx::query_scalar(
        "select seq_tup_read + (select sum(idx_tup_read)::bigint from pg_stat_user_indexes i where i.relid = t.relid)
         from pg_stat_user_tables t where relid = 'delivery.message'::regclass",
    )
    .fetch_one(pool)
    .await?)
}

#[tokio::test]
async fn however_many_there_are() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let ids = history(&stage).await?;
    let (unknown, dead) = (MessageId::from_uuid(ids[1]), MessageId::from_uuid(ids[2]));
    let (me, tenant) = (InstanceId::generate(), TenantId::from_uuid(TENANT));
    // One connection, whose statistics can be told to appear.
    let pool = postgres::Pool::new("delivery", "looks")
        .max_connections(1)
        .connect(&stage.database.settings())
        .await?;
    let mut before = read_through(&pool).await?;
    let mut quiet = async |what: &str| -> anyhow::Result<()> {
        let after = read_through(&pool).await?;
        anyhow::ensure!(after - before < FEW, "{what} read {} messages", after - before);
        before = after;
        Ok(())
    };
    // Twice six times: prepared statements may change their plan at the sixth.
    for _ in 0..12 {
        messages::backlog(&pool).await?;
        quiet("the backlog").await?;
        channels::overview(&pool, None, None).await?;
        channels::overview(&pool, Some(ChannelId::from_uuid(CHANNEL)), Some(tenant)).await?;
        quiet("the list of channels").await?;
        dead_items::list(&pool, None, None, None, None, 50).await?;
        dead_items::list(&pool, Some(dead), None, None, None, 1).await?;
        dead_items::payload(&pool, dead).await?;
        dead_items::waiting(&pool, ChannelId::from_uuid(CHANNEL)).await?;
        quiet("the dead items").await?;
        let one = messages::Filter { id: Some(unknown), ..messages::Filter::default() };
        messages::list(&pool, one, 1).await?;
        let conversation = Some(ConversationId::from_uuid(Uuid::from_u128(1002)));
        let theirs = messages::Filter { tenant: Some(tenant), conversation, ..messages::Filter::default() };
        messages::list(&pool, theirs, 50).await?;
        let all = messages::Filter { tenant: Some(tenant), ..messages::Filter::default() };
        messages::list(&pool, all, 50).await?;
        quiet("the list of messages").await?;
        sqlx::query("update delivery.work set owner = $1").bind(me.uuid()).execute(&pool).await?;
        sending::heads(&pool, me, &[(ChannelId::from_uuid(CHANNEL), 32, [0.0; 3])]).await?;
        quiet("the heads").await?;
        sending::take_back(&pool, me, &[]).await?;
        unknowns::lookups_due(&pool, me, &[CHANNEL], 16, std::time::Duration::from_secs(90)).await?;
        failures::due(&pool, me, 16).await?;
        sending::adopt(&pool, me, &[CHANNEL], serde_json::json!({}), std::time::Duration::from_secs(90))
            .await?;
        quiet("the owner").await?;
    }
    Ok(())
}
