use delivery::domain::causes::Cause;
use delivery::domain::class::RetryClass;
use delivery::domain::content::Said;
use delivery::domain::outcome::Outcome;
use delivery::providers::Provider;
use serde_json::json;
use tokio::time::Instant;

use crate::server::{
    AMPLE, Server, all, channel, meta, outgoing, providers, saying, send_through, text, twilio,
};

#[tokio::test]
async fn an_address_that_is_none() {
    let server = Server::with(201, &[], "{}").await;
    let mut message = text();
    message.to = "120363040000000001@g.us".into();
    let outcome = providers().send(&channel(&server.base_url), &message, Instant::now() + AMPLE).await;
    let Outcome::NotSent(trouble) = outcome else { unreachable!("{outcome:?}") };
    assert_eq!((trouble.cause, trouble.class()), (Cause::InvalidAddress, RetryClass::Perm));
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn an_address_of_another_provider() {
    let server = Server::with(200, &[], "{}").await;
    for channel in all(&server.base_url) {
        let mut message = text();
        message.to = "telegram:447700900123".into();
        let Outcome::NotSent(trouble) = send_through(&channel, &message, AMPLE).await else { unreachable!() };
        assert_eq!(trouble.cause, Cause::InvalidAddress, "{channel:?}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn what_is_too_long() {
    let server = Server::with(200, &[], "{}").await;
    for (channel, longest) in [(meta(&server.base_url), 4096), (twilio(&server.base_url), 1600)] {
        let fits = outgoing(Said::text("é".repeat(longest)));
        let outcome = send_through(&channel, &fits, AMPLE).await;
        assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        let long = outgoing(Said::text("é".repeat(longest + 1)));
        let Outcome::NotSent(trouble) = send_through(&channel, &long, AMPLE).await else { unreachable!() };
        assert_eq!((trouble.cause, trouble.class()), (Cause::TooLarge, RetryClass::Perm));
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_template_the_provider_does_not_have() {
    let server = Server::with(200, &[], "{}").await;
    let only_meta = json!({"kind": "template", "name": "visit", "language": "en"});
    let only_twilio = json!({"kind": "template", "content_sid": "HX1"});
    let (evolution, meta, twilio) =
        (channel(&server.base_url), meta(&server.base_url), twilio(&server.base_url));
    for (channel, body) in
        [(&evolution, &only_meta), (&evolution, &only_twilio), (&meta, &only_twilio), (&twilio, &only_meta)]
    {
        let outcome = send_through(channel, &saying(body.clone()), AMPLE).await;
        let Outcome::NotSent(trouble) = outcome else { unreachable!("{outcome:?}") };
        assert_eq!(trouble.cause, Cause::TemplateMissing);
    }
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn debug_forms_tell_nothing_about_the_customer() {
    let shown = format!("{:?} {:?}", text(), all("http://evo.example.test"));
    for private in [crate::server::TO, crate::server::TEXT, crate::server::KEY] {
        assert!(!shown.contains(private), "{shown}");
    }
}
