//! P1: how fast the database commits for one client.

use std::str::FromStr as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// Inserts one row of about a webhook's size per transaction for `length`, and says how many went in per second. In a
/// database of its own, so that it shows in no count of ours.
pub async fn one_client_commits(url: &str, length: Duration) -> anyhow::Result<f64> {
    let options = PgConnectOptions::from_str(url).context("the database's URL cannot be read")?;
    let mut server = options.connect().await.context("cannot reach the database")?;
    sqlx::raw_sql("drop database if exists bench_probe").execute(&mut server).await?;
    sqlx::raw_sql("create database bench_probe").execute(&mut server).await?;
    let measured = commits(options.database("bench_probe"), length).await;
    sqlx::raw_sql("drop database bench_probe with (force)").execute(&mut server).await?;
    server.close().await?;
    measured.context("cannot measure the database's commits")
}

async fn commits(options: PgConnectOptions, length: Duration) -> sqlx::Result<f64> {
    let mut database = options.connect().await?;
    sqlx::raw_sql("create table probe (id bigint primary key, body text not null)")
        .execute(&mut database)
        .await?;
    let body = "x".repeat(300);
    let (started, mut count) = (Instant::now(), 0_i64);
    while started.elapsed() < length {
        sqlx::query("insert into probe values ($1, $2)")
            .bind(count)
            .bind(&body)
            .execute(&mut database)
            .await?;
        count += 1;
    }
    let rate = count as f64 / started.elapsed().as_secs_f64();
    database.close().await?;
    Ok(rate)
}
