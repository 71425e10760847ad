use postgres::migrate;
use testkit::Database;

use crate::schema;

const NOTES: &str = "create table {schema}.notes (n int)";
const MORE: &str = "alter table {schema}.notes add column m int";

#[tokio::test]
async fn a_migration_gives_way_and_tries_again() -> anyhow::Result<()> {
    let database = Database::fresh(&[schema("ingest", &[NOTES])]).await?;
    let owner = database.owner().await?;
    let mut reading = owner.begin().await?;
    sqlx::query("select * from ingest.notes").execute(&mut *reading).await?;
    let settings = database.settings();
    let schemas = [schema("ingest", &[NOTES, MORE])];
    let release = async {
        // Until the migration has given way once: it waits for the table, then does not any more.
        for waiting in [true, false] {
            testkit::eventually(std::time::Duration::from_secs(10), "the migration gave way", async || {
                let now: bool = sqlx::query_scalar(
                    "select exists (select from pg_locks l join pg_stat_activity a using (pid) \
                     where not l.granted and a.application_name = 'frontdesk migrate' \
                     and a.datname = current_database())",
                )
                .fetch_one(&owner)
                .await
                .ok()?;
                (now == waiting).then_some(())
            })
            .await?;
        }
        reading.rollback().await.map_err(anyhow::Error::from)
    };
    let (migrated, released) = tokio::join!(migrate(&settings, &schemas), release);
    released?;
    assert_eq!(migrated?, [("ingest", 1)]);
    Ok(())
}
