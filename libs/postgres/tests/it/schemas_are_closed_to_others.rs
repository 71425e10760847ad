use sqlx::PgPool;
use testkit::Database;

use crate::schema;

const DELIVERY: &str = "
    create table {schema}.messages (n int generated always as identity, text text);
    create function {schema}.secret_v1() returns int language sql as 'select 1';
    create function {schema}.enqueue_v1(text text) returns void language sql security definer
      set search_path = pg_catalog as 'insert into delivery.messages (text) values ($1)';
    grant execute on function {schema}.enqueue_v1 to ingest_app;
    grant usage on schema {schema} to ingest_app;
";

async fn code(pool: &PgPool, sql: &'static str) -> Option<String> {
    let error = sqlx::query(sql).execute(pool).await.err()?;
    error.as_database_error()?.code().map(|code| code.into_owned())
}

#[tokio::test]
async fn a_service_reads_and_writes_its_own_tables() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("delivery", &[DELIVERY])]).await?;
    let delivery = database.pool("delivery").await?;
    sqlx::query("insert into delivery.messages (text) values ('own')").execute(&delivery).await?;
    sqlx::query("update delivery.messages set text = 'changed'").execute(&delivery).await?;
    sqlx::query("select delivery.secret_v1()").execute(&delivery).await?;
    sqlx::query("delete from delivery.messages").execute(&delivery).await?;
    assert_eq!(code(&delivery, "create table delivery.more (n int)").await.as_deref(), Some("42501"));
    Ok(())
}

#[tokio::test]
async fn others_come_in_by_granted_functions_only() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("delivery", &[DELIVERY])]).await?;
    let ingest = database.pool("ingest").await?;
    sqlx::query("select delivery.enqueue_v1('hello')").execute(&ingest).await?;
    for forbidden in [
        "select * from delivery.messages",
        "insert into delivery.messages (text) values ('no')",
        "select delivery.secret_v1()",
    ] {
        assert_eq!(code(&ingest, forbidden).await.as_deref(), Some("42501"), "{forbidden}");
    }
    let alerting = database.pool("alerting").await?;
    assert_eq!(code(&alerting, "select delivery.enqueue_v1('no')").await.as_deref(), Some("42501"));
    Ok(())
}
