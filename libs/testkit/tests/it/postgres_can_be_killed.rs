use std::time::Duration;

use sqlx::Connection;
use testkit::{PrivatePostgres, eventually};

#[tokio::test]
async fn committed_rows_survive_a_kill() -> anyhow::Result<()> {
    let mut server = PrivatePostgres::start().await?;
    let mut connection = sqlx::PgConnection::connect(server.url()).await?;
    sqlx::raw_sql("create table kept (n int); insert into kept values (7)").execute(&mut connection).await?;
    server.kill9()?;
    assert!(server.kill9().is_err(), "it is not running");
    eventually(Duration::from_secs(5), "the connection is dead", async || {
        let failed = sqlx::query("select 1").execute(&mut connection).await.is_err();
        failed.then_some(())
    })
    .await?;
    server.restart().await?;
    let mut connection = sqlx::PgConnection::connect(server.url()).await?;
    let kept: i32 = sqlx::query_scalar("select n from kept").fetch_one(&mut connection).await?;
    assert_eq!(kept, 7);
    Ok(())
}
