use std::time::Duration;

use postgres::Schema;
use sqlx::migrate::Migrator;
use testkit::{Database, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that sends back what it gets.
async fn echo() -> anyhow::Result<Proxy> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let addr = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    Proxy::to(addr).await
}

#[tokio::test]
async fn what_is_held_passes_when_released() -> anyhow::Result<()> {
    let line = echo().await?;
    let mut client = TcpStream::connect(line.addr()).await?;
    let mut answer = [0; 4];
    client.write_all(b"ping").await?;
    client.read_exact(&mut answer).await?;
    line.hold();
    client.write_all(b"pong").await?;
    let waiting = tokio::time::timeout(Duration::from_millis(100), client.read_exact(&mut answer)).await;
    assert!(waiting.is_err(), "nothing passes");
    line.release();
    client.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"pong");
    Ok(())
}

#[tokio::test]
async fn a_cut_ends_connections_and_lets_new_ones_through() -> anyhow::Result<()> {
    let line = echo().await?;
    let mut client = TcpStream::connect(line.addr()).await?;
    client.write_all(b"ping").await?;
    client.read_exact(&mut [0; 4]).await?;
    line.cut();
    assert_eq!(client.read(&mut [0; 4]).await.unwrap_or(0), 0);
    let mut client = TcpStream::connect(line.addr()).await?;
    client.write_all(b"ping").await?;
    client.read_exact(&mut [0; 4]).await?;
    line.refuse();
    let mut refused = TcpStream::connect(line.addr()).await?;
    assert_eq!(refused.read(&mut [0; 4]).await.unwrap_or(0), 0);
    Ok(())
}

#[tokio::test]
async fn a_pattern_in_two_pieces_is_found() -> anyhow::Result<()> {
    let line = echo().await?;
    line.lose_next_answer_to(b"COMMIT");
    let mut client = TcpStream::connect(line.addr()).await?;
    client.write_all(b"..COM").await?;
    client.read_exact(&mut [0; 5]).await?;
    client.write_all(b"MIT..").await?;
    assert_eq!(client.read(&mut [0; 8]).await.unwrap_or(0), 0);
    line.lost(1).await;
    Ok(())
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_was_committed() -> anyhow::Result<()> {
    let none = Migrator::with_migrations(Vec::new());
    let schema = Schema::new("ingest", none).with_template(1, "notes", "create table {schema}.notes (n int)");
    let database = Database::fresh(&[schema]).await?;
    let line = Proxy::to(database.addr()?).await?;
    let pool = postgres::connect(&database.settings_through(line.addr())?, "ingest", "test").await?;
    let mut transaction = pool.begin().await?;
    sqlx::query("insert into ingest.notes values (1)").execute(&mut *transaction).await?;
    line.lose_next_answer_to(b"COMMIT");
    let Err(error) = transaction.commit().await else { panic!("the answer arrived") };
    assert_eq!(postgres::classify(&error), postgres::Class::Unavailable);
    line.lost(1).await;
    let found: i64 = sqlx::query_scalar("select count(*) from ingest.notes").fetch_one(&pool).await?;
    assert_eq!(found, 1);
    Ok(())
}
