use delivery::domain::outcome::Outcome;
use delivery::providers::Provider;
use serde_json::json;
use tokio::time::Instant;

use crate::server::{AMPLE, KEY, Server, TEXT, TO, channel, providers, text};

const SENT: &str = include_str!("../fixtures/evolution/evolution-sendtext-201.json");

#[tokio::test]
async fn the_request_is_what_evolution_reads() {
    let server = Server::with(201, &[], SENT).await;
    let mut message = text();
    message.to = format!("+{TO}");
    let outcome = providers().send(&channel(&server.base_url), &message, Instant::now() + AMPLE).await;
    assert_eq!(outcome, Outcome::Accepted { provider_id: "3EB0A1B2C3D4E5F6071829".into() });

    let seen = server.seen();
    let request = &seen[0];
    assert_eq!(request.method, "POST");
    assert_eq!(request.uri.path(), "/message/sendText/harbour-dental");
    assert_eq!(request.headers["apikey"], KEY);
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.headers["content-length"], request.body.len().to_string().as_str());
    assert_eq!(request.json(), json!({"number": TO, "text": TEXT}));
}

#[tokio::test]
async fn connections_are_kept() {
    let server = Server::with(201, &[], SENT).await;
    let (providers, channel) = (providers(), channel(&server.base_url));
    for _ in 0..5 {
        let outcome = providers.send(&channel, &text(), Instant::now() + AMPLE).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 5);
    assert!(seen.iter().all(|request| request.peer == seen[0].peer), "one connection served all five");
}
