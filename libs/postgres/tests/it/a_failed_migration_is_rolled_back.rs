use postgres::{Error, Schema, migrate, pending};
use sqlx::migrate::Migrator;
use testkit::Database;

use crate::schema;

#[tokio::test]
async fn nothing_of_it_stays_and_it_can_be_run_again() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let broken = "create table {schema}.half (n int); select no_such_column";
    let Err(error) = migrate(&database.settings(), &[schema("ingest", &[broken])]).await else {
        anyhow::bail!("migrated")
    };
    assert!(matches!(error, Error::Migrate { schema: "ingest", .. }), "{error:?}");
    assert!(!error.is_temporary());
    let pool = database.pool("ingest").await?;
    let half: Option<String> =
        sqlx::query_scalar("select to_regclass('ingest.half')::text").fetch_one(&pool).await?;
    assert_eq!(half, None);
    let mended = schema("ingest", &["create table {schema}.whole (n int)"]);
    assert_eq!(migrate(&database.settings(), std::slice::from_ref(&mended)).await?, [("ingest", 1)]);
    assert!(pending(&pool, &mended).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn wrong_declarations_are_found_before_anything_runs() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let twice = schema("ingest", &["select 1"]).with_template(1, "again", "select 2");
    let foreign = Schema::new("billing", Migrator::with_migrations(Vec::new()));
    for (wrong, text) in
        [(twice, "two migrations have the number 1"), (foreign, "not one of the five services")]
    {
        let Err(error) = migrate(&database.settings(), &[schema("delivery", &["select 1"]), wrong]).await
        else {
            anyhow::bail!("migrated")
        };
        assert!(error.to_string().contains(text), "{error}");
    }
    let delivery = database.pool("delivery").await?;
    assert_eq!(pending(&delivery, &schema("delivery", &["select 1"])).await?, [1], "nothing ran");
    Ok(())
}
