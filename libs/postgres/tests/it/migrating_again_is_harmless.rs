use postgres::migrate;
use testkit::Database;

use crate::schema;

const NOTES: &str = "create table {schema}.notes (n int)";

#[tokio::test]
async fn each_step_is_taken_once() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let settings = database.settings();
    let first = [schema("ingest", &[NOTES]), schema("delivery", &[NOTES, "select 1"])];
    assert_eq!(migrate(&settings, &first).await?, [("ingest", 1), ("delivery", 2)]);
    assert_eq!(migrate(&settings, &first).await?, [("ingest", 0), ("delivery", 0)]);
    let next = [schema("ingest", &[NOTES, "alter table {schema}.notes add column at timestamptz"])];
    assert_eq!(migrate(&settings, &next).await?, [("ingest", 1)]);
    Ok(())
}

#[tokio::test]
async fn two_at_once_take_turns() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let settings = database.settings();
    // Slow enough that both are under way; the second would fail on the existing table if it did not wait.
    let steps = ["select pg_sleep(0.2)", NOTES];
    let schemas = [schema("ingest", &steps)];
    let (first, second) = tokio::try_join!(migrate(&settings, &schemas), migrate(&settings, &schemas))?;
    assert_eq!(first[0].1 + second[0].1, 2);
    Ok(())
}

#[tokio::test]
async fn a_template_is_filled_in_for_each_schema() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &[NOTES]), schema("delivery", &[NOTES])]).await?;
    for name in ["ingest", "delivery"] {
        let pool = database.pool(name).await?;
        let table: String = sqlx::query_scalar("select to_regclass($1 || '.notes')::text")
            .bind(name)
            .fetch_one(&pool)
            .await?;
        assert_eq!(table, format!("{name}.notes"));
    }
    Ok(())
}
