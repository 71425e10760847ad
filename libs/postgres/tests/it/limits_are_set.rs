use std::time::Duration;

use postgres::{Class, Pool, classify};
use sqlx::PgPool;
use testkit::{Database, eventually};

use crate::schema;

const NOTES: &str = "create table {schema}.notes (n int, label text check (length(label) < 5)); \
                     insert into {schema}.notes values (1, 'a')";

async fn setting(pool: &PgPool, name: &str) -> anyhow::Result<String> {
    Ok(sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(pool).await?)
}

#[tokio::test]
async fn every_connection_has_role_name_and_timeouts() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let pool = Pool::new("ingest", "accept").lock_timeout(Duration::from_millis(500));
    let pool = pool.connect(&database.settings()).await?;
    assert_eq!(setting(&pool, "role").await?, "ingest_app");
    assert_eq!(setting(&pool, "application_name").await?, "ingest accept");
    assert_eq!(setting(&pool, "lock_timeout").await?, "500ms");
    assert_eq!(setting(&pool, "statement_timeout").await?, "30s");
    assert_eq!(setting(&pool, "idle_in_transaction_session_timeout").await?, "2s");
    assert_eq!(setting(&pool, "TimeZone").await?, "UTC");
    assert_eq!(setting(&pool, "jit").await?, "off");
    assert_eq!(setting(&pool, "max_parallel_workers_per_gather").await?, "0");
    Ok(())
}

#[tokio::test]
async fn a_lock_that_takes_too_long_is_unavailable() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &[NOTES])]).await?;
    let holder = database.owner().await?;
    let mut held = holder.begin().await?;
    sqlx::query("update ingest.notes set n = 2").execute(&mut *held).await?;
    let pool = Pool::new("ingest", "accept").lock_timeout(Duration::from_millis(20));
    let pool = pool.connect(&database.settings()).await?;
    let Err(error) = sqlx::query("update ingest.notes set n = 3").execute(&pool).await else {
        anyhow::bail!("the lock was not held")
    };
    assert_eq!(classify(&error), Class::Unavailable, "{error}");
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_waits_for_something_else_is_ended() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &[NOTES])]).await?;
    let pool = database.pool("ingest").await?;
    let mut idle = pool.begin().await?;
    sqlx::query("update ingest.notes set n = 2").execute(&mut *idle).await?;
    let owner = database.owner().await?;
    eventually(Duration::from_secs(10), "the server has ended it", async || {
        let left: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity \
             where datname = current_database() and application_name = 'ingest test' and state = 'idle in transaction'",
        )
        .fetch_one(&owner)
        .await
        .ok()?;
        (left == 0).then_some(())
    })
    .await?;
    let Err(error) = sqlx::query("select 1").execute(&mut *idle).await else { anyhow::bail!("still alive") };
    assert_eq!(classify(&error), Class::Unavailable, "{error}");
    Ok(())
}

/// What a cut connection leaves behind between a statement and its end is neither idle nor a statement that lasts.
#[tokio::test]
async fn a_transaction_that_never_ends_is_ended() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &[NOTES])]).await?;
    let pool = Pool::new("ingest", "accept").statement_timeout(Duration::from_millis(100));
    let pool = pool.connect(&database.settings()).await?;
    assert_eq!(setting(&pool, "transaction_timeout").await?, "2100ms");
    let mut busy = pool.begin().await?;
    let error = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            if let Err(error) = sqlx::query("select pg_sleep(0.01)").execute(&mut *busy).await {
                break error;
            }
        }
    })
    .await?;
    assert_eq!(classify(&error), Class::Unavailable, "{error}");
    Ok(())
}

#[tokio::test]
async fn what_can_never_be_stored_is_data() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &[NOTES])]).await?;
    let pool = database.pool("ingest").await?;
    let nul = sqlx::query("insert into ingest.notes values (1, $1)").bind("a\0b").execute(&pool).await;
    let surrogate = sqlx::query("select $1::jsonb").bind(r#"{"a": "\ud800"}"#).execute(&pool).await;
    let refused = sqlx::query("insert into ingest.notes values (1, 'too long')").execute(&pool).await;
    for failed in [nul, surrogate, refused] {
        let Err(error) = failed else { anyhow::bail!("stored") };
        assert_eq!(classify(&error), Class::Data, "{error}");
    }
    Ok(())
}
