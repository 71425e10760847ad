use std::collections::BTreeMap;

use conversation::store::turns::{self, Committed};
use serde_json::json;
use sqlx::PgPool;
use work::Heart;

use crate::fixture::{CHANNEL, Fixture, TENANT, claimed, turn};

const CUSTOMERS: i64 = 200;
const BACKLOG: i64 = 4_000;
/// What one turn may read of each table and index, claim to release.
const FEW: i64 = 400;

/// The flood: conversations with something undone and a proposal open, half of them owned by `$3` as well.
const FLOOD: &str = "
    with c as (
        insert into conversation.contact (id, tenant_id) select uuidv7(), $1 from generate_series(1, $4) returning id
    ), v as (
        insert into conversation.conversation (id, tenant_id, channel_id, contact_id, to_address)
        select uuidv7(), $1, $2, c.id, '447700900100' from c returning id
    ), i as (
        insert into conversation.item (id, conversation_id, seq, tenant_id, channel_id, kind, provider_id, body, correlation_id)
        select uuidv7(), v.id, 1, $1, $2, 'message', v.id::text, '{}', uuidv7() from v
    ), p as (
        insert into conversation.proposal (id, conversation_id, tenant_id, frozen, state, expires_at)
        select uuidv7(), v.id, $1, '{}', 'open', now() + interval '1 hour' from v
    ), t as (
        insert into conversation.tail (key, next_seq) select v.id, 2 from v
    )
    insert into conversation.work (key, tenant_id, owner)
    select v.id, $1, case when random() < 0.5 then $3 end from v";

/// All of it is past, and the planner is told.
const SETTLED: &str = "
    update conversation.item set state = 'done', settled_at = now();
    update conversation.proposal set state = 'rejected', settled_at = now();
    update conversation.work set owner = null, done_seq = 1;
    analyze";

/// Rows and index entries that were read so far, by table and index.
async fn read_through(pool: &PgPool) -> anyhow::Result<BTreeMap<String, i64>> {
    sqlx::query("select pg_stat_force_next_flush()").execute(pool).await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select relname::text, seq_tup_read from pg_stat_user_tables where schemaname = 'conversation'
         union all
         select indexrelname::text, idx_tup_read from pg_stat_user_indexes where schemaname = 'conversation'",
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().collect())
}

async fn flood(fixture: &Fixture, heart: &Heart, conversations: i64) -> anyhow::Result<()> {
    let flood = sqlx::query(FLOOD).bind(TENANT).bind(CHANNEL).bind(heart.me().uuid()).bind(conversations);
    flood.execute(&fixture.owner).await?;
    Ok(())
}

async fn one_turn(fixture: &Fixture, pool: &PgPool, heart: &Heart, n: i64) -> anyhow::Result<()> {
    let held = claimed(heart, fixture.text("+447700900100", &format!("m{n}")).await?).await?;
    turns::load(pool, &[held.key]).await?;
    let mut turn = turn(held, n);
    turn.close = Some(json!({ "id": uuid::Uuid::now_v7(), "state": "rejected" }));
    let done = turns::commit(pool, heart.me(), &[turn]).await?;
    anyhow::ensure!(matches!(done[..], [Committed::Done { released: true, .. }]), "turn {n}: {done:?}");
    Ok(())
}

/// The trap: statements are planned when nothing is undone, nothing open and nothing owned, so reading all of that looks
/// as cheap as looking one row up, and plans are kept.
#[tokio::test]
async fn also_by_plans_that_were_made_in_quiet_times() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    // One connection, whose plans and statistics are its own.
    let pool = postgres::Pool::new("conversation", "turns")
        .max_connections(1)
        .connect(&fixture.database.settings())
        .await?;
    let heart = Heart::join(pool.clone(), pool.clone(), "conversation").await?;
    flood(&fixture, &heart, CUSTOMERS).await?;
    sqlx::raw_sql(SETTLED).execute(&fixture.owner).await?;
    for n in 1..10 {
        one_turn(&fixture, &pool, &heart, n).await?;
    }
    flood(&fixture, &heart, BACKLOG).await?;
    for n in 10..15 {
        let before = read_through(&pool).await?;
        one_turn(&fixture, &pool, &heart, n).await?;
        let after = read_through(&pool).await?.into_iter();
        let read = after.map(|(name, rows)| (rows - before.get(&name).copied().unwrap_or_default(), name));
        let much: Vec<_> = read.filter(|(rows, _)| *rows > FEW).collect();
        assert!(much.is_empty(), "turn {n} read behind {BACKLOG} rows that do not concern it: {much:?}");
    }
    Ok(())
}
