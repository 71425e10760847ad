use delivery::domain::causes::Cause;
use delivery::domain::class::RetryClass;
use delivery::domain::door::Why;
use delivery::domain::outcome::Outcome;
use delivery::providers::{ChannelAccount, Provider};
use tokio::time::Instant;

use crate::server::{AMPLE, Server, channel, providers, text};

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
async fn a_provider_that_is_not_built_parks_the_channel_and_keeps_its_messages() {
    for (account, words) in [
        (ChannelAccount::Meta, "sending through meta is not built yet"),
        (ChannelAccount::Twilio, "sending through twilio is not built yet"),
    ] {
        let outcome = providers().send(&account, &text(), Instant::now() + AMPLE).await;
        let Outcome::NotSent(trouble) = outcome else { unreachable!("{outcome:?}") };
        assert_eq!(trouble.class(), RetryClass::Auth { door: Why::Credentials(Cause::ProviderNotBuilt) });
        assert_eq!(trouble.words, words);
        let state = providers().connection(&account, Instant::now() + AMPLE).await;
        assert_eq!(state.unwrap_err().cause, Cause::ProviderNotBuilt);
    }
}

#[test]
fn debug_forms_tell_nothing_about_the_customer() {
    let shown = format!("{:?} {:?}", text(), channel("http://evo.example.test"));
    for private in [crate::server::TO, crate::server::TEXT, crate::server::KEY] {
        assert!(!shown.contains(private), "{shown}");
    }
}
