//! Timeouts before, during and after acceptance, at each provider: what is known afterwards is the same everywhere.

use std::future::pending;

use delivery::domain::causes::Cause;
use delivery::domain::connection::ConnectionState;
use delivery::domain::outcome::Outcome;
use delivery::providers::Provider;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::server::{AMPLE, SHORT, Server, all, providers, read_request, send_through, socket, text};

#[tokio::test]
async fn nothing_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refusing = listener.local_addr().unwrap();
    drop(listener);
    let silent = socket(|stream| async move {
        pending::<()>().await;
        drop(stream);
    })
    .await;
    // Refused, unknown, and an encryption that never begins.
    for (url, time) in [
        (format!("http://{refusing}"), AMPLE),
        ("http://provider.invalid".into(), AMPLE),
        (format!("https://{silent}"), SHORT),
    ] {
        for channel in all(&url) {
            let outcome = send_through(&channel, &text(), time).await;
            let Outcome::NotSent(trouble) = outcome else { unreachable!("{channel:?}: {outcome:?}") };
            assert_eq!(trouble.cause, Cause::Unreachable);
        }
    }
}

#[tokio::test]
async fn it_left_and_nobody_answered() {
    // Before the provider took it, and after: from here they look the same.
    let unread = socket(|stream| async move {
        pending::<()>().await;
        drop(stream);
    })
    .await;
    let read = socket(|mut stream| async move {
        read_request(&mut stream).await;
        pending::<()>().await;
    })
    .await;
    let reset = socket(|mut stream| async move {
        read_request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    for address in [unread, read, reset] {
        for channel in all(&format!("http://{address}")) {
            let outcome = send_through(&channel, &text(), SHORT).await;
            let Outcome::Unknown(trouble) = outcome else { unreachable!("{channel:?}: {outcome:?}") };
            assert_eq!(trouble.cause, Cause::NoAnswer);
        }
    }
}

#[tokio::test]
async fn half_a_yes_is_unknown() {
    let halved = socket(|mut stream| async move {
        read_request(&mut stream).await;
        let half =
            b"HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"sid\":\"SM1\",\"messages\":[{\"id\":\"w";
        stream.write_all(half).await.unwrap();
    })
    .await;
    for channel in all(&format!("http://{halved}")) {
        let outcome = send_through(&channel, &text(), AMPLE).await;
        let Outcome::Unknown(trouble) = outcome else { unreachable!("{channel:?}: {outcome:?}") };
        assert_eq!(trouble.cause, Cause::UnreadableAnswer);
    }
}

#[tokio::test]
async fn nobody_follows_a_redirect() {
    let elsewhere = Server::with(200, &[], "{}").await;
    let location = elsewhere.base_url.clone();
    let server =
        Server::answering(move |_| crate::server::response(307, &[("location", &location)], "")).await;
    for channel in all(&server.base_url) {
        let outcome = send_through(&channel, &text(), AMPLE).await;
        assert_eq!(outcome.trouble().unwrap().cause, Cause::WrongAddress, "{channel:?}");
    }
    assert_eq!((server.seen().len(), elsewhere.seen().len()), (3, 0));
}

#[tokio::test]
async fn the_state_of_a_door_is_asked_for_without_sending() {
    let server = Server::with(200, &[], r#"{"id":"1","messages":[],"instance":{"state":"open"}}"#).await;
    let refusing = Server::with(401, &[], "{}").await;
    for channel in all(&server.base_url) {
        let state = providers().connection(&channel, Instant::now() + AMPLE).await;
        assert_eq!(state, Ok(ConnectionState::Open));
    }
    for channel in all(&refusing.base_url) {
        let state = providers().connection(&channel, Instant::now() + AMPLE).await;
        assert_eq!(state.unwrap_err().cause, Cause::KeyRefused);
    }
    assert!(server.seen().iter().chain(&refusing.seen()).all(|request| request.method == "GET"));
}
