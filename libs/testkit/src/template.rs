//! Migrated databases that are never used themselves: copying one takes a tenth of migrating.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use anyhow::Context;
use postgres::Schema;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

const TEMPLATE: &str = "frontdesk_template_";
/// What the names of tests' databases begin with.
pub(crate) const COPY: &str = "frontdesk_test_";
/// Templates of former states of the migrations that are kept.
const KEPT: i64 = 24;

pub(crate) async fn connect(url: &str) -> anyhow::Result<PgConnection> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options.connect().await?)
}

/// Runs one statement. The names in it are made here, never given from outside.
pub(crate) async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// The name of the template for these schemas, made if it is not there.
pub(crate) async fn of(url: &str, schemas: &[Schema]) -> anyhow::Result<String> {
    let mut hasher = DefaultHasher::new();
    schemas.iter().for_each(|schema| schema.fingerprint().hash(&mut hasher));
    let key = hasher.finish();
    let name = format!("{TEMPLATE}{key:016x}");
    let mut connection = connect(url).await?;
    // Several test processes may want the same template at once: one makes it, the others wait.
    let turn = key.cast_signed();
    sqlx::query("select pg_advisory_lock($1)").bind(turn).execute(&mut connection).await?;
    if !exists(&mut connection, &name).await? {
        make(&mut connection, url, &name, schemas).await?;
    }
    connection.close().await?;
    Ok(name)
}

async fn exists(connection: &mut PgConnection, name: &str) -> anyhow::Result<bool> {
    Ok(sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(connection)
        .await?)
}

async fn make(
    connection: &mut PgConnection,
    url: &str,
    name: &str,
    schemas: &[Schema],
) -> anyhow::Result<()> {
    let raw = format!("{name}_raw");
    run(connection, format!("drop database if exists {raw} with (force)")).await?;
    run(connection, format!("create database {raw}")).await?;
    let url = with_database(url, &raw).context("the test server's address has no database name")?;
    let database = settings::Database { url: url.into(), max_connections: 1 };
    postgres::migrate(&database, schemas).await.context("migrating the tests' template")?;
    // The migration's connection is gone for us, but the server may take a moment to see that.
    let mut waits = 0;
    while let Err(error) = run(connection, format!("alter database {raw} rename to {name}")).await {
        waits += 1;
        anyhow::ensure!(waits < 50, error);
        tokio::time::sleep(Duration::from_millis(10 * waits)).await;
    }
    run(connection, format!("alter database {name} with allow_connections false")).await?;
    drop_old(connection).await
}

/// Migrations change while a service is written; their former templates only take up room.
async fn drop_old(connection: &mut PgConnection) -> anyhow::Result<()> {
    let old: Vec<String> = sqlx::query_scalar(
        "select datname from pg_database where datname like $1 || '%' order by oid desc offset $2",
    )
    .bind(TEMPLATE)
    .bind(KEPT)
    .fetch_all(&mut *connection)
    .await?;
    for name in old {
        // Another test may be copying it at this moment; the next time will do.
        let _ = run(connection, format!("drop database if exists {name}")).await;
    }
    Ok(())
}

/// Makes a database of one's own from a template.
pub(crate) async fn copy(url: &str, template: &str, name: &str) -> anyhow::Result<()> {
    let mut connection = connect(url).await?;
    run(&mut connection, format!("create database {name} template {template}")).await?;
    connection.close().await?;
    Ok(())
}

/// Drops what killed tests left behind. Called when the server has just started, so nobody uses them.
pub(crate) async fn sweep(url: &str) -> anyhow::Result<()> {
    let mut connection = connect(url).await?;
    let left: Vec<String> =
        sqlx::query_scalar("select datname from pg_database where datname like $1 || '%'")
            .bind(COPY)
            .fetch_all(&mut connection)
            .await?;
    for name in left {
        run(&mut connection, format!("drop database if exists {name} with (force)")).await?;
    }
    connection.close().await?;
    Ok(())
}

/// The same address with another database at its end.
pub(crate) fn with_database(url: &str, name: &str) -> Option<String> {
    let (address, options) =
        url.split_once('?').map_or((url, None), |(address, options)| (address, Some(options)));
    let authority = address.find("://")? + 3;
    let server = address[authority..].find('/').map_or(address, |slash| &address[..authority + slash]);
    Some(match options {
        Some(options) => format!("{server}/{name}?{options}"),
        None => format!("{server}/{name}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_an_address_is_replaced() {
        for (before, after) in [
            ("postgres://u:p@h:1/old", "postgres://u:p@h:1/new"),
            ("postgres://u:p@h:1", "postgres://u:p@h:1/new"),
            ("postgres://h/old?sslmode=disable", "postgres://h/new?sslmode=disable"),
        ] {
            assert_eq!(with_database(before, "new").as_deref(), Some(after));
        }
        assert_eq!(with_database("not an address", "new"), None);
    }
}
