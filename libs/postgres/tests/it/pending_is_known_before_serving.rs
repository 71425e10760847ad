use postgres::{Error, migrate, pending};
use testkit::Database;

use crate::schema;

const STEPS: [&str; 2] =
    ["create table {schema}.notes (n int)", "alter table {schema}.notes add column m int"];

#[tokio::test]
async fn what_is_lacking_is_listed() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let pool = database.pool("ingest").await?;
    let all = schema("ingest", &STEPS);
    assert_eq!(pending(&pool, &all).await?, [1, 2], "never migrated");
    migrate(&database.settings(), &[schema("ingest", &STEPS[..1])]).await?;
    assert_eq!(pending(&pool, &all).await?, [2]);
    migrate(&database.settings(), std::slice::from_ref(&all)).await?;
    assert!(pending(&pool, &all).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_changed_step_is_refused_by_serve_and_migrate() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &STEPS)]).await?;
    let changed = schema("ingest", &["create table {schema}.notes (n bigint)", STEPS[1]]);
    let pool = database.pool("ingest").await?;
    let refused = pending(&pool, &changed).await;
    assert!(matches!(refused, Err(Error::Changed { schema: "ingest", version: 1 })), "{refused:?}");
    let refused = migrate(&database.settings(), &[changed]).await;
    assert!(matches!(refused, Err(Error::Changed { schema: "ingest", version: 1 })), "{refused:?}");
    Ok(())
}

/// During a rolling update, and after one was rolled back, programs meet a database that is ahead of them.
#[tokio::test]
async fn a_database_that_is_ahead_is_accepted() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &STEPS)]).await?;
    let older = schema("ingest", &STEPS[..1]);
    assert!(pending(&database.pool("ingest").await?, &older).await?.is_empty());
    assert_eq!(migrate(&database.settings(), &[older]).await?, [("ingest", 0)]);
    Ok(())
}

#[tokio::test]
async fn a_service_cannot_write_its_ledger() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &STEPS)]).await?;
    let pool = database.pool("ingest").await?;
    let Err(error) = sqlx::query("delete from ingest._migrations").execute(&pool).await else {
        anyhow::bail!("the ledger was changed")
    };
    assert_eq!(error.as_database_error().and_then(|error| error.code()).as_deref(), Some("42501"));
    Ok(())
}
