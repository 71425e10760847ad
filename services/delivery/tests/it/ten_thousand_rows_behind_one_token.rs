use std::time::Instant;

use delivery::store::sending;
use ids::{ChannelId, InstanceId};

use crate::fixture::{CHANNEL, Pace, Replica, Say, Stage};

/// Heartbeats, one a second, over which something is watched.
const WATCHED: i64 = 4;

/// Queues many short messages quickly: `lines` customers, each with `each`.
async fn backlog(stage: &Stage, lines: u32, each: u32) -> anyhow::Result<()> {
    let says: Vec<Say> =
        (0..lines).flat_map(|line| (0..each).map(move |n| Say::reply(line, format!("{n}")))).collect();
    for part in says.chunks(1000) {
        stage.say_all(part).await?;
    }
    Ok(())
}

/// Statements of the service that reach the database, per second, over the next heartbeats; and how many seconds these took.
async fn statements_per_second(stage: &Stage) -> anyhow::Result<(f64, f64)> {
    let committed =
        "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()";
    let beats = "select extract(epoch from max(seen_at))::bigint from delivery.instance";
    let (before, first, began) = (stage.count(committed).await?, stage.count(beats).await?, Instant::now());
    let mut looks = 0;
    let watched = async || {
        looks += 1;
        (stage.count(beats).await.ok()? >= first + WATCHED).then_some(())
    };
    testkit::eventually(crate::fixture::PATIENCE, "the owner's heart has beaten", watched).await?;
    let after = stage.count(committed).await?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(((after - before - looks) as f64 / seconds, seconds))
}

/// How many rows of messages the owner's question for the next heads reads, at its second time: plans are kept.
async fn heads_read(stage: &Stage, wanted: i32) -> anyhow::Result<i64> {
    let me = InstanceId::generate();
    sqlx::query("update delivery.work set owner = $1").bind(me.uuid()).execute(&stage.owner).await?;
    // One connection, whose statistics can be told to appear.
    let pool = postgres::Pool::new("delivery", "looks")
        .max_connections(1)
        .connect(&stage.database.settings())
        .await?;
    let read = async || -> anyhow::Result<i64> {
        sqlx::query("select pg_stat_force_next_flush()").execute(&pool).await?;
        Ok(sqlx::query_scalar(
            "select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relid = 'delivery.message'::regclass",
        )
        .fetch_one(&pool)
        .await?)
    };
    let asked = [(ChannelId::from_uuid(CHANNEL), wanted, [0.0; 3])];
    sending::heads(&pool, me, &asked).await?;
    let before = read().await?;
    sending::heads(&pool, me, &asked).await?;
    Ok(read().await? - before)
}

#[tokio::test]
async fn a_long_queue_costs_no_more_than_a_short_one() -> anyhow::Result<()> {
    let (one_line, many_lines) = tokio::join!(costs_little(1, 10_000), costs_little(1000, 10));
    one_line.and(many_lines)
}

async fn costs_little(lines: u32, each: u32) -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.pace(Pace { per_second: 1.0, burst: 5 }).await?;
    let replica = Replica::start(&stage).await?;
    backlog(&stage, lines, each).await?;
    stage.until_taken(5).await?;
    let sent = stage.taken().len();
    let (statements, seconds) = statements_per_second(&stage).await?;
    let sent = stage.taken().len() - sent;
    drop(replica);
    let (one, many) = (heads_read(&stage, 1).await?, heads_read(&stage, 32).await?);
    report(&format!(
        "{lines} lines of {each}: {statements:.1} statements/s, {sent} sent in {seconds:.1} s, heads(1) reads {one} rows, heads(32) {many}"
    ));
    assert!(statements < 50.0, "{statements}");
    // One a second: the first and the last may be a look away.
    assert!((sent as f64 - seconds).abs() <= 2.0, "{sent} in {seconds:.1} s");
    // The beginning of the queue, and then each line a few times; never the rows behind their heads.
    assert!(one < 2_000 && many < 2_000 + 4 * i64::from(lines), "{one}, {many}");
    Ok(())
}

#[tokio::test]
async fn a_head_that_waits_makes_nobody_read_the_rest_of_its_line() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let mut says = vec![Say::reply(1, "for later").with("not_before", "2200-01-01T00:00:00Z")];
    says.extend((0..9_999).map(|n| Say::reply(1, format!("{n}"))));
    for part in says.chunks(1000) {
        stage.enqueue(part).await?;
    }
    let many = heads_read(&stage, 32).await?;
    report(&format!("10,000 behind a head that waits: heads(32) reads {many} rows"));
    assert!(many < 2_000, "{many}");
    Ok(())
}

#[tokio::test]
async fn an_idle_channel_costs_little_however_fast_it_may_send() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "Good morning")).await?;
    stage.until_state(id, "sent").await?;
    let (statements, _) = statements_per_second(&stage).await?;
    report(&format!("one idle channel: {statements:.1} statements/s"));
    assert!(statements < 50.0, "{statements}");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a measurement, shown when asked for")]
fn report(text: &str) {
    eprintln!("{text}");
}
