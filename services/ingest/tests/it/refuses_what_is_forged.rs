//! Forged requests get 401 and leave nothing behind.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use ingest::providers::Provider;
use serde_json::json;

use crate::support::fixtures::bytes;
use crate::support::front::{APP_SECRET, Front, WEBHOOK_TOKEN};
use crate::support::sign;

#[tokio::test]
async fn evolution_without_its_token() {
    let front = Front::start().await;
    let body = bytes(Provider::Evolution, "01-upsert-conversation");
    let text = front.post("/webhooks/evolution/harbour", &[], body.clone()).await;
    assert_eq!(text.status, 401);
    assert!(text.text.contains("check the webhook's secret"), "{}", text.text);
    for (path, header) in [
        ("/webhooks/evolution/harbour/messages-upsert", ("apikey", "guess")),
        ("/webhooks/evolution/harbour/guess", ("x-nothing", "")),
        ("/webhooks/evolution/harbour", ("authorization", "Bearer guess")),
        ("/webhooks/evolution/nobody", ("apikey", "guess")),
        ("/webhooks/evolution/harbour-meta", ("apikey", "guess")),
    ] {
        assert_eq!(front.post(path, &[header], body.clone()).await.status, 401, "{path} {header:?}");
    }
    assert_eq!(front.count("select count(*) from conversation.item").await, 0);
    assert!(front.quarantined().await.is_empty());
}

#[tokio::test]
async fn evolution_with_its_token_in_any_place() {
    let front = Front::start().await;
    let bearer = format!("Bearer {WEBHOOK_TOKEN}");
    for (path, header) in [
        ("/webhooks/evolution/harbour".to_owned(), ("authorization", bearer.as_str())),
        ("/webhooks/evolution/harbour/messages-upsert".to_owned(), ("apikey", WEBHOOK_TOKEN)),
        (format!("/webhooks/evolution/harbour/{WEBHOOK_TOKEN}"), ("x-nothing", "")),
        (format!("/webhooks/evolution/harbour/{WEBHOOK_TOKEN}/messages-upsert"), ("x-nothing", "")),
    ] {
        let answer = front.post(&path, &[header], bytes(Provider::Evolution, "01-upsert-conversation")).await;
        assert_eq!(answer.status, 200, "{header:?}");
    }
}

#[tokio::test]
async fn evolution_with_a_token_of_the_past() {
    let front = Front::start().await;
    front
        .put_channel("signed", "evolution", json!({ "instance": "harbour-dental" }), &[("jwt_key", "key")])
        .await;
    let token = |age: i64| {
        let now = jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(epoch());
        let claims =
            json!({ "iat": 0, "exp": now.as_second() - age, "app": "evolution", "action": "webhook" });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"key").unwrap();
        mac.update(signed.as_bytes());
        format!("Bearer {signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    let body = bytes(Provider::Evolution, "01-upsert-conversation");
    for (age, status) in [(-600, 200), (0, 200), (29 * 60, 200), (31 * 60, 401)] {
        let answer =
            front.post("/webhooks/evolution/signed", &[("authorization", &token(age))], body.clone()).await;
        assert_eq!(answer.status, status, "expired {age} s ago");
    }
}

/// Seconds since 1970, by the clock the service goes by.
fn epoch() -> i64 {
    use clock::Clock as _;
    clock::SystemClock.now().as_second()
}

#[tokio::test]
async fn meta_without_its_signature() {
    let front = Front::start().await;
    let body = bytes(Provider::Meta, "01-text");
    let right = sign::meta(&body, APP_SECRET);
    let mut longer = body.clone();
    longer.push(b' ');
    assert_eq!(front.post("/webhooks/meta", &[], body.clone()).await.status, 401);
    assert_eq!(
        front.post("/webhooks/meta", &[("x-hub-signature-256", "sha256=00")], body.clone()).await.status,
        401
    );
    assert_eq!(
        front
            .post("/webhooks/meta", &[("x-hub-signature-256", &sign::meta(&body, "guess"))], body.clone())
            .await
            .status,
        401
    );
    assert_eq!(front.post("/webhooks/meta", &[("x-hub-signature-256", &right)], longer).await.status, 401);
    assert_eq!(front.post("/webhooks/meta", &[("x-hub-signature-256", &right)], body).await.status, 200);
}

#[tokio::test]
async fn meta_handshake() {
    let front = Front::start().await;
    let ask = async |token: &str| {
        front
            .get(&format!(
                "/webhooks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}"
            ))
            .await
    };
    let right = ask("meet-me").await;
    assert_eq!((right.status, right.text.as_str()), (200, "1158201444"));
    assert_eq!(ask("guess").await.status, 403);
    assert_eq!(front.get("/webhooks/meta").await.status, 403);
}

#[tokio::test]
async fn a_tenants_own_app_speaks_for_its_channel_alone() {
    let front = Front::start().await;
    front
        .put_channel(
            "own-app",
            "meta",
            json!({ "phone_number_id": "555" }),
            &[("app_secret", "tenants-secret")],
        )
        .await;
    let send = async |number: &str, secret: &str| {
        let body =
            String::from_utf8(bytes(Provider::Meta, "01-text")).unwrap().replace("109876543210987", number);
        let signature = sign::meta(body.as_bytes(), secret);
        front.post("/webhooks/meta", &[("x-hub-signature-256", &signature)], body).await.counts()
    };
    assert_eq!(send("555", "tenants-secret").await, [1, 0, 0, 0]);
    assert_eq!(send("555", APP_SECRET).await, [0, 1, 0, 0], "the operator's app speaks for all");
    assert_eq!(send("109876543210987", "tenants-secret").await, [0, 0, 0, 1], "but not a tenant for another");
    assert_eq!(front.quarantined().await[0].0, "wrong_app");
}

#[tokio::test]
async fn twilio_without_its_signature() {
    let front = Front::start().await;
    let body = bytes(Provider::Twilio, "01-inbound-text");
    for headers in [vec![], vec![("x-twilio-signature", "T54kevno6KkEJ6I+i6ClPsIfQ24=")]] {
        let answer = front.post("/webhooks/twilio/acme", &headers, body.clone()).await;
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.headers["content-type"], "text/xml",
            "a text/plain body would be sent to the customer"
        );
    }
    // The signature of one address is none for another.
    let path = "/webhooks/twilio/acme/status/other";
    let signature = sign::twilio("https://frontdesk.example.test/in/webhooks/twilio/acme", &[], "x");
    assert_eq!(front.post(path, &[("x-twilio-signature", &signature)], body).await.status, 401);
}

#[tokio::test]
async fn nothing_on_twilios_routes_is_ever_plain_text() {
    let front = Front::start().await;
    for answer in [
        front.get("/webhooks/twilio/acme").await,
        front.get("/webhooks/twilio").await,
        front.post("/webhooks/twilio/acme/else/where", &[], "").await,
        front.twilio("/webhooks/twilio/acme", b"AccountSid=AC00112233445566778899aabbccddeeff&What=1").await,
    ] {
        assert_eq!(
            (answer.headers["content-type"].to_str().unwrap(), answer.text.as_str()),
            ("text/xml", "<Response/>")
        );
    }
    assert_eq!(front.get("/nowhere").await.status, 404);
    assert_eq!(front.get("/webhooks/evolution/harbour").await.status, 405);
}
