use std::collections::HashMap;
use std::time::Duration;

use sqlx::migrate::{Migrate, MigrateError};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgPool};

use crate::{Error, Schema, pool, roles};

/// Taken by whoever migrates this database; any number will do as long as it never changes.
const LOCK: i64 = 0x0066_726f_6e74_6465;
/// A migration that waits for a table holds up everybody who comes after it, so it gives way soon and tries again.
const LOCK_TIMEOUT: &str = "set lock_timeout = '1s'";
const ATTEMPTS: u32 = 30;
const PAUSE: Duration = Duration::from_millis(500);
const OLDEST: i32 = 180_000;

/// Makes the roles and schemas of all services and brings the given schemas up to date. Running it again changes
/// nothing; two at once take turns. Returns how many steps each schema took.
pub async fn migrate(
    database: &settings::Database,
    schemas: &[Schema],
) -> Result<Vec<(&'static str, usize)>, Error> {
    // What is declared wrongly is found before the first statement.
    for schema in schemas {
        schema.migrator()?;
    }
    let options = pool::options(database)?.application_name("frontdesk migrate");
    let place = pool::place(&options);
    let mut connection = options.connect().await.map_err(|source| Error::connect(place, source))?;
    check_version(&mut connection).await?;
    lock(&mut connection).await.map_err(Error::Roles)?;
    roles::prepare(&mut connection).await.map_err(Error::Roles)?;
    let mut report = Vec::with_capacity(schemas.len());
    for schema in schemas {
        report.push((schema.name(), bring_up(&mut connection, schema).await?));
    }
    // The lock goes with the session.
    connection.close().await.map_err(Error::Roles)?;
    Ok(report)
}

/// The numbers of the steps that the database still lacks. Ask before serving; a schema never migrated lacks all.
pub async fn pending(pool: &PgPool, schema: &Schema) -> Result<Vec<i64>, Error> {
    let ledger = |source| Error::Ledger { schema: schema.name(), source };
    let mut connection = pool.acquire().await.map_err(ledger)?;
    let applied = match applied(&mut connection, schema).await {
        Ok(applied) => applied,
        Err(MigrateError::Execute(source)) if is_missing(&source) => HashMap::new(),
        Err(MigrateError::Execute(source)) => return Err(ledger(source)),
        Err(source) => return Err(Error::Migrate { schema: schema.name(), source }),
    };
    let mut lacking = Vec::new();
    for step in schema.migrations() {
        match applied.get(&step.version) {
            Some(checksum) if *checksum == step.checksum => {}
            Some(_) => return Err(Error::Changed { schema: schema.name(), version: step.version }),
            None => lacking.push(step.version),
        }
    }
    lacking.sort_unstable();
    Ok(lacking)
}

async fn check_version(connection: &mut PgConnection) -> Result<(), Error> {
    let (number, found): (i32, String) = sqlx::query_as(
        "select current_setting('server_version_num')::int, current_setting('server_version')",
    )
    .fetch_one(connection)
    .await
    .map_err(Error::Roles)?;
    if number < OLDEST { Err(Error::Version { found }) } else { Ok(()) }
}

async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let free: bool =
        sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut *connection).await?;
    if !free {
        tracing::info!("another migration is running; waiting for it");
        sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut *connection).await?;
    }
    sqlx::raw_sql(LOCK_TIMEOUT).execute(connection).await.map(drop)
}

async fn bring_up(connection: &mut PgConnection, schema: &Schema) -> Result<usize, Error> {
    let migrator = schema.migrator()?;
    let failed = |source| match source {
        MigrateError::VersionMismatch(version) => Error::Changed { schema: schema.name(), version },
        source => Error::Migrate { schema: schema.name(), source },
    };
    connection.ensure_migrations_table(&schema.ledger()).await.map_err(failed)?;
    protect_ledger(connection, schema).await.map_err(|source| failed(MigrateError::Execute(source)))?;
    let before = applied(connection, schema).await.map_err(failed)?.len();
    let mut attempt = 0;
    loop {
        attempt += 1;
        match migrator.run_direct(None, &mut *connection, false).await {
            Err(error) if attempt < ATTEMPTS && may_pass(&error) => {
                tracing::info!(schema = schema.name(), attempt, "a table is in use; trying again");
                tokio::time::sleep(PAUSE).await;
            }
            done => {
                done.map_err(failed)?;
                break;
            }
        }
    }
    Ok(applied(connection, schema).await.map_err(failed)?.len() - before)
}

/// The service reads its ledger to refuse starting on an old schema, but never writes it.
async fn protect_ledger(connection: &mut PgConnection, schema: &Schema) -> Result<(), sqlx::Error> {
    let sql = format!("revoke insert, update, delete on {} from {}_app", schema.ledger(), schema.name());
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

async fn applied(
    connection: &mut PgConnection,
    schema: &Schema,
) -> Result<HashMap<i64, std::borrow::Cow<'static, [u8]>>, MigrateError> {
    let steps = connection.list_applied_migrations(&schema.ledger()).await?;
    Ok(steps.into_iter().map(|step| (step.version, step.checksum)).collect())
}

fn may_pass(error: &MigrateError) -> bool {
    match error {
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            let code = source.as_database_error().and_then(|database| database.code());
            // lock_not_available, deadlock_detected, serialization_failure
            matches!(code.as_deref(), Some("55P03" | "40P01" | "40001"))
        }
        _ => false,
    }
}

/// No such table, or no such schema.
fn is_missing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|database| database.code());
    matches!(code.as_deref(), Some("42P01" | "3F000"))
}
