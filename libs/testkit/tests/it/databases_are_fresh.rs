use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use postgres::Schema;
use sqlx::migrate::Migrator;
use testkit::Database;

fn schema() -> Schema {
    let none = Migrator::with_migrations(Vec::new());
    Schema::new("ingest", none).with_template(1, "notes", "create table {schema}.notes (text text not null)")
}

#[tokio::test]
async fn every_test_has_its_own_migrated_database() -> anyhow::Result<()> {
    let schemas = [schema()];
    let (first, second) = tokio::try_join!(Database::fresh(&schemas), Database::fresh(&schemas))?;
    assert_ne!(first.url(), second.url());
    let pool = first.pool("ingest").await?;
    sqlx::query("insert into ingest.notes values ('only here')").execute(&pool).await?;
    let elsewhere = second.pool("ingest").await?;
    let found: i64 = sqlx::query_scalar("select count(*) from ingest.notes").fetch_one(&elsewhere).await?;
    assert_eq!(found, 0);
    Ok(())
}

#[tokio::test]
async fn a_dropped_value_drops_its_database() -> anyhow::Result<()> {
    let kept = Database::fresh(&[schema()]).await?;
    let owner = kept.owner().await?;
    let dropped = Database::fresh(&[schema()]).await?;
    let name = dropped.url().rsplit('/').next().map(str::to_owned);
    let exists = "select exists (select from pg_database where datname = $1)";
    assert!(sqlx::query_scalar::<_, bool>(exists).bind(&name).fetch_one(&owner).await?);
    // Also while somebody is still connected.
    let _pool = dropped.pool("ingest").await?;
    drop(dropped);
    assert!(!sqlx::query_scalar::<_, bool>(exists).bind(&name).fetch_one(&owner).await?);
    Ok(())
}

/// A test whose pool was opening a session when its database went stood still for a minute, and all others with it.
#[tokio::test]
async fn a_session_that_never_logs_in_holds_nobody_up() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema()]).await?;
    let mut session = TcpStream::connect(database.addr()?)?;
    let hello = b"\0\x03\0\0user\0frontdesk\0database\0postgres\0\0";
    session.write_all(&u32::try_from(hello.len() + 4)?.to_be_bytes())?;
    session.write_all(hello)?;
    let mut kind = [0];
    session.read_exact(&mut kind)?;
    assert_eq!(kind, *b"R", "the server asks who we are");
    let began = Instant::now();
    drop(database);
    assert!(began.elapsed() < Duration::from_secs(20), "waited {:?}", began.elapsed());
    Ok(())
}

#[tokio::test]
async fn changed_migrations_make_another_template() -> anyhow::Result<()> {
    let changed = schema().with_template(2, "more", "alter table {schema}.notes add column at timestamptz");
    let database = Database::fresh(&[changed]).await?;
    let pool = database.pool("ingest").await?;
    sqlx::query("select at from ingest.notes").fetch_all(&pool).await?;
    Ok(())
}
