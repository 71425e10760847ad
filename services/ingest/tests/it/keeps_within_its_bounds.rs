//! Long bodies, slow senders and crowds cost what they may, no more.

use std::time::Duration;

use ingest::providers::Provider;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::fixtures::bytes;
use crate::support::front::{Front, WEBHOOK_TOKEN};

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_with_the_limit() {
    let front = Front::with(&[("ingest.body_limit", "5000")]).await;
    assert_eq!(front.evolution(bytes(Provider::Evolution, "01-upsert-conversation")).await.status, 200);
    let answer = front.evolution(vec![b' '; 5001]).await;
    assert_eq!(answer.status, 413);
    assert!(
        answer.text.contains("longer than 5000 bytes") && answer.text.contains("ingest.body_limit"),
        "{}",
        answer.text
    );
    // Without an announced length, as soon as it is too long.
    let (mut stream, head) = raw(&front, "transfer-encoding: chunked").await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 3000, " ".repeat(3000));
    for _ in 0..2 {
        stream.write_all(chunk.as_bytes()).await.unwrap();
    }
    assert!(status_line(&mut stream).await.contains("413"));
}

#[tokio::test]
async fn a_sender_that_does_not_finish_is_not_waited_for() {
    let front = Front::with(&[("ingest.read_timeout", "200ms")]).await;
    let (mut stream, head) = raw(&front, "content-length: 100").await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"{\"event\":").await.unwrap();
    assert!(status_line(&mut stream).await.contains("408"));
    assert_eq!(front.count("select count(*) from ingest.quarantine").await, 0);
}

#[tokio::test]
async fn more_requests_than_there_are_places_are_refused_at_once() {
    let front = Front::with(&[("ingest.concurrent", "1")]).await;
    let (mut slow, head) = raw(&front, "content-length: 100").await;
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.flush().await.unwrap();
    testkit::eventually(Duration::from_secs(5), "the place is taken", async || {
        let answer = front.evolution(bytes(Provider::Evolution, "01-upsert-conversation")).await;
        (answer.status == 503).then_some(())
    })
    .await
    .unwrap();
    drop(slow);
    testkit::eventually(Duration::from_secs(5), "the place is free again", async || {
        let answer = front.evolution(bytes(Provider::Evolution, "01-upsert-conversation")).await;
        (answer.status == 200).then_some(())
    })
    .await
    .unwrap();
}

/// A connection, and the head of a request with this header.
async fn raw(front: &Front, header: &str) -> (TcpStream, String) {
    let stream = TcpStream::connect(front.addresses.http).await.unwrap();
    let head = format!(
        "POST /webhooks/evolution/harbour HTTP/1.1\r\nhost: x\r\napikey: {WEBHOOK_TOKEN}\r\n{header}\r\n\r\n"
    );
    (stream, head)
}

async fn status_line(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 64];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}
