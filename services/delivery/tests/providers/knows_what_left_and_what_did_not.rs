use std::future::pending;
use std::time::Duration;

use delivery::domain::causes::Cause;
use delivery::domain::outcome::Outcome;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::server::{AMPLE, SHORT, read_request, send_within, socket};

fn not_sent(outcome: &Outcome) {
    let Outcome::NotSent(trouble) = outcome else { unreachable!("{outcome:?}") };
    assert_eq!(trouble.cause, Cause::Unreachable);
    assert!(!trouble.words.is_empty());
}

fn unknown(outcome: &Outcome, cause: Cause) {
    let Outcome::Unknown(trouble) = outcome else { unreachable!("{outcome:?}") };
    assert_eq!(trouble.cause, cause);
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    not_sent(&send_within(&format!("http://{address}"), AMPLE).await);
}

#[tokio::test]
async fn a_host_nobody_knows_is_not_sent() {
    not_sent(&send_within("http://evolution.invalid", AMPLE).await);
}

#[tokio::test]
async fn a_failed_encryption_is_not_sent() {
    let plain = socket(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        pending::<()>().await;
    })
    .await;
    not_sent(&send_within(&format!("https://{plain}"), AMPLE).await);
}

#[tokio::test]
async fn a_deadline_before_the_connection_stands_is_not_sent() {
    let silent = socket(|stream| async move {
        pending::<()>().await;
        drop(stream);
    })
    .await;
    // The connection is taken, the encryption never begins.
    not_sent(&send_within(&format!("https://{silent}"), SHORT).await);
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_not_sent() {
    let silent = socket(|_stream| pending()).await;
    not_sent(&send_within(&format!("http://{silent}"), Duration::ZERO).await);
}

#[tokio::test]
async fn a_server_that_takes_the_connection_and_reads_nothing_is_unknown() {
    let silent = socket(|stream| async move {
        pending::<()>().await;
        drop(stream);
    })
    .await;
    unknown(&send_within(&format!("http://{silent}"), SHORT).await, Cause::NoAnswer);
}

#[tokio::test]
async fn a_server_that_reads_and_never_answers_is_unknown() {
    let silent = socket(|mut stream| async move {
        read_request(&mut stream).await;
        pending::<()>().await;
    })
    .await;
    unknown(&send_within(&format!("http://{silent}"), SHORT).await, Cause::NoAnswer);
}

#[tokio::test]
async fn a_server_that_reads_and_resets_is_unknown() {
    let resetting = socket(|mut stream| async move {
        read_request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    unknown(&send_within(&format!("http://{resetting}"), AMPLE).await, Cause::NoAnswer);
}

#[tokio::test]
async fn a_server_that_reads_and_closes_is_unknown() {
    let closing = socket(|mut stream| async move { read_request(&mut stream).await }).await;
    unknown(&send_within(&format!("http://{closing}"), AMPLE).await, Cause::NoAnswer);
}

#[tokio::test]
async fn a_server_that_closes_at_once_is_never_taken_for_a_yes() {
    let closing = socket(|stream| async move { drop(stream) }).await;
    let outcome = send_within(&format!("http://{closing}"), AMPLE).await;
    // Which of the two depends on whether the closing or the request was faster.
    assert!(matches!(outcome, Outcome::NotSent(_) | Outcome::Unknown(_)), "{outcome:?}");
}

#[tokio::test]
async fn half_a_head_is_unknown() {
    let halved = socket(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 201 Crea").await.unwrap();
    })
    .await;
    unknown(&send_within(&format!("http://{halved}"), AMPLE).await, Cause::NoAnswer);
}

#[tokio::test]
async fn half_a_yes_is_unknown() {
    let halved = socket(|mut stream| async move {
        read_request(&mut stream).await;
        let half = b"HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"key\":{\"id\":\"3EB0\"";
        stream.write_all(half).await.unwrap();
    })
    .await;
    unknown(&send_within(&format!("http://{halved}"), AMPLE).await, Cause::UnreadableAnswer);
}

#[tokio::test]
async fn half_a_clear_no_is_still_a_no() {
    let halved = socket(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 500\r\n\r\n{").await.unwrap();
    })
    .await;
    let outcome = send_within(&format!("http://{halved}"), AMPLE).await;
    let Outcome::Refused(trouble) = outcome else { unreachable!("{outcome:?}") };
    assert_eq!(trouble.cause, Cause::KeyRefused);
}
