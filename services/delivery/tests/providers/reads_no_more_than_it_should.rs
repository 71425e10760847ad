use std::time::Duration;

use delivery::domain::causes::Cause;
use delivery::domain::outcome::Outcome;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, interval};

use crate::server::{AMPLE, SHORT, Server, read_request, send_within, socket};

/// One byte now and then, for as long as anybody listens.
async fn drip(stream: &mut TcpStream) {
    let mut pace = interval(Duration::from_millis(10));
    loop {
        pace.tick().await;
        if stream.write_all(b" ").await.is_err() {
            return;
        }
    }
}

async fn cause_within(base_url: &str, time: Duration) -> Cause {
    let outcome = send_within(base_url, time).await;
    let Some(trouble) = outcome.trouble() else { unreachable!("{outcome:?}") };
    trouble.cause
}

#[tokio::test]
async fn a_body_that_drips_ends_with_the_deadline() {
    for (head, cause) in [
        ("HTTP/1.1 201 Created\r\ncontent-length: 100000\r\n\r\n", Cause::UnreadableAnswer),
        ("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 100000\r\n\r\n", Cause::RateLimited),
    ] {
        let dripping = socket(move |mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            drip(&mut stream).await;
        })
        .await;
        let started = Instant::now();
        assert_eq!(cause_within(&format!("http://{dripping}"), SHORT).await, cause);
        assert!(started.elapsed() < AMPLE / 2);
    }
}

#[tokio::test]
async fn a_head_that_drips_ends_with_the_deadline() {
    let dripping = socket(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 201 Created\r\nx-slow:").await.unwrap();
        drip(&mut stream).await;
    })
    .await;
    assert_eq!(cause_within(&format!("http://{dripping}"), SHORT).await, Cause::NoAnswer);
}

#[tokio::test]
async fn an_answer_of_endless_size_is_cut_off() {
    let body = format!(r#"{{"key":{{"id":"3EB0"}},"padding":"{}"}}"#, "x".repeat(256 * 1024));
    let server = Server::with(201, &[], body).await;
    assert_eq!(cause_within(&server.base_url, AMPLE).await, Cause::UnreadableAnswer);

    let endless = socket(|mut stream| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n").await;
        while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
    })
    .await;
    assert_eq!(cause_within(&format!("http://{endless}"), AMPLE).await, Cause::KeyRefused);
}

#[tokio::test]
async fn an_answer_of_the_largest_size_is_read() {
    let padding = "x".repeat(256 * 1024 - 40);
    let server = Server::with(201, &[], format!(r#"{{"key":{{"id":"3EB0"}},"padding":"{padding}"}}"#)).await;
    let outcome = send_within(&server.base_url, AMPLE).await;
    assert_eq!(outcome, Outcome::Accepted { provider_id: "3EB0".into() });
}
