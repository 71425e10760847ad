//! Unknown outcomes: evidence is looked for at the provider; what it shows decides.

use std::time::Duration;

use backoff::Profile;
use jiff::Timestamp;
use metrics::counter;
use tracing::{debug, info, warn};

use super::{
    dispatcher::Options,
    settling::{plain_reason, reason},
};
use crate::{
    domain::{
        causes::Cause,
        class::RetryClass,
        message::StateName,
        unknown::{self, Verdict},
    },
    providers::{ChannelAccount, Provider, ProviderKind, Sought},
    store::{sending::SettleRow, unknowns::LookUp},
};

/// A provider that cannot be asked is waited for so long before its silence counts as an answer.
const AWAY_FOR: Duration = Duration::from_secs(60 * 60);

/// What a look-up came to.
#[derive(Debug)]
pub enum Finding {
    /// Nothing new is known; there will be another look.
    Nothing,
    /// The provider could not be asked, and this was the last look: it is made again later.
    NotAsked,
    /// This is to be written down.
    Settled(Box<SettleRow>),
    /// Nobody will ever know; it stays as it is, and its line goes on.
    Never,
}

/// Looks a message up. `options.listed_by`: a provider that took a message lists it within this time; before, its absence
/// proves nothing.
pub async fn look_up(
    provider: &dyn Provider,
    account: &ChannelAccount,
    lost: &LookUp,
    options: Options,
) -> Finding {
    let shown = lost.said.as_ref().and_then(|said| account.kind().shown_as(said.form(lost.as_template)));
    let Some(text) = shown else {
        // Nothing there could be recognised; a callback or an echo may still tell.
        return without_evidence(lost);
    };
    let sought = Sought { addresses: vec![lost.to.clone()], text, from: lost.intended_at, until: lost.now };
    let found = match provider
        .find(account, &sought, tokio::time::Instant::now() + options.call_timeout)
        .await
    {
        Ok(found) => found,
        Err(trouble) => {
            debug!(correlation_id = %lost.correlation_id, message_id = %lost.id, cause = trouble.cause.as_str(), "the provider could not be asked");
            let age = Duration::try_from(lost.now.duration_since(lost.intended_at)).unwrap_or_default();
            // What goes once more goes now, before those behind it.
            let stays = verdict(lost) == Verdict::Leave;
            return if lost.is_last && stays && age < AWAY_FOR {
                Finding::NotAsked
            } else {
                without_evidence(lost)
            };
        }
    };
    let ours = unknown::claim(&found.ours, |id| lost.taken.iter().any(|taken| taken == id));
    if let Some(ours) = ours {
        info!(correlation_id = %lost.correlation_id, message_id = %lost.id, "unknown outcome settled: the provider has it");
        counter!("frontdesk_delivery_unknown_settled_total", "evidence" => "found").increment(1);
        return settled(SettleRow {
            state: StateName::Sent.as_str(),
            outcome: Some("accepted"),
            provider_id: Some(ours.provider_id.clone()),
            ..row(lost)
        });
    }
    let age = Duration::try_from(lost.now.duration_since(lost.intended_at)).unwrap_or_default();
    // Beyond that time those behind it may have left already, and it must not come after them.
    let in_order = age < unknown::RECONCILE_FOR;
    if in_order && found.keeps_list && age >= options.listed_by && absence_proves(lost.cause, account.kind())
    {
        info!(correlation_id = %lost.correlation_id, message_id = %lost.id, "unknown outcome settled: the provider's list does not have it, so it was not sent");
        counter!("frontdesk_delivery_unknown_settled_total", "evidence" => "absent").increment(1);
        return settled(once_more(lost));
    }
    without_evidence(lost)
}

/// Not sent, so it is sent now: unless its profile's tries are used up. A message that ends the process which sends it would
/// otherwise come back for ever.
fn once_more(lost: &LookUp) -> SettleRow {
    // A call that got no answer was counted when it ended; one whose process ended was not.
    let tries = lost.tries + u32::from(lost.cause == Some(Cause::Interrupted));
    let profile = Profile::named(&lost.profile).unwrap_or_else(|| backoff::CONVERSATION.clone());
    if tries < profile.tries() {
        let text = "the provider's list does not have it, so it is sent now";
        return SettleRow { tries: Some(tries), ..again(lost, "not_sent", text) };
    }
    warn!(
        correlation_id = %lost.correlation_id, message_id = %lost.id, calls = lost.n,
        "given up: call after call broke off, and none reached the provider"
    );
    SettleRow {
        state: StateName::Dead.as_str(),
        outcome: Some("not_sent"),
        class: Some(RetryClass::Perm.as_str()),
        reason: Some(reason(Cause::BreaksOff)),
        tries: Some(tries),
        ..row(lost)
    }
}

/// Whether a list without the message shows that it was not sent. Not when the provider said that it was (an answer nobody
/// could read), nor when it may have failed just at keeping the list.
/// At Twilio the list is the message: what is refused there with an error of its own, and not listed, was not made.
fn absence_proves(cause: Option<Cause>, kind: ProviderKind) -> bool {
    match cause {
        Some(Cause::NoAnswer | Cause::GatewayTimeout | Cause::Interrupted) => true,
        Some(Cause::UnclearRefusal) => kind == ProviderKind::Twilio,
        _ => false,
    }
}

/// After the last look the message's own wish decides.
fn without_evidence(lost: &LookUp) -> Finding {
    if !lost.is_last {
        return Finding::Nothing;
    }
    match verdict(lost) {
        Verdict::Leave => Finding::Never,
        Verdict::Resend => {
            counter!("frontdesk_delivery_resent_total").increment(1);
            settled(again(
                lost,
                "unknown",
                "nobody knows whether it arrived; sent once more, as asked for this class",
            ))
        }
    }
}

fn verdict(lost: &LookUp) -> Verdict {
    unknown::verdict(lost.on_unknown, lost.resends, lost.not_after, lost.now)
}

fn settled(row: SettleRow) -> Finding {
    Finding::Settled(Box::new(row))
}

fn again(lost: &LookUp, outcome: &'static str, text: &str) -> SettleRow {
    let unknown = outcome == "unknown";
    SettleRow {
        state: StateName::Queued.as_str(),
        due_at: Some(Timestamp::UNIX_EPOCH),
        outcome: Some(outcome),
        class: unknown.then_some(RetryClass::Ambiguous.as_str()),
        resends: Some(lost.resends + u32::from(unknown)),
        reason: Some(plain_reason("looked_up", text)),
        ..row(lost)
    }
}

fn row(lost: &LookUp) -> SettleRow {
    SettleRow { id: lost.id.uuid(), n: Some(lost.n), ..SettleRow::default() }
}
