use delivery::domain::causes::Cause;
use delivery::domain::connection::ConnectionState;
use delivery::providers::Provider;
use tokio::time::Instant;

use crate::server::{AMPLE, KEY, Server, channel, providers};

async fn asked(status: u16, body: &'static str) -> Result<ConnectionState, Cause> {
    let server = Server::with(status, &[], body).await;
    let state = providers().connection(&channel(&server.base_url), Instant::now() + AMPLE).await;
    let seen = server.seen();
    assert_eq!(seen[0].method, "GET");
    assert_eq!(seen[0].uri.path(), "/instance/connectionState/harbour-dental");
    assert_eq!(seen[0].headers["apikey"], KEY);
    state.map_err(|trouble| trouble.cause)
}

#[tokio::test]
async fn the_table() {
    const OPEN: &str = include_str!("../fixtures/evolution/evolution-connectionstate-200.json");
    for (status, body, expected) in [
        (200, OPEN, Ok(ConnectionState::Open)),
        (200, r#"{"instance":{"instanceName":"a","state":"connecting"}}"#, Ok(ConnectionState::Connecting)),
        (200, r#"{"instance":{"instanceName":"a","state":"close"}}"#, Ok(ConnectionState::LoggedOut)),
        (200, r#"{"instance":{"instanceName":"a"}}"#, Ok(ConnectionState::NotLoaded)),
        (200, r#"{"error":true,"message":"no"}"#, Err(Cause::UnreadableAnswer)),
        (200, "<html>", Err(Cause::UnreadableAnswer)),
        (401, "", Err(Cause::KeyRefused)),
        (404, include_str!("../fixtures/evolution/evolution-404-instance.json"), Err(Cause::InstanceMissing)),
        (503, r#"{"code":"LICENSE_REQUIRED"}"#, Err(Cause::LicenceRequired)),
        (502, "", Err(Cause::Unavailable)),
    ] {
        assert_eq!(asked(status, body).await, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let state = providers().connection(&channel("http://evolution.invalid"), Instant::now() + AMPLE).await;
    assert_eq!(state.unwrap_err().cause, Cause::Unreachable);
}
