//! Unknown outcomes: evidence is looked for at the provider; what it shows decides.

use std::time::Duration;

use jiff::Timestamp;
use metrics::counter;
use serde_json::json;
use tracing::{debug, info};

use super::dispatcher::Options;
use crate::{
    domain::{
        causes::Cause,
        message::OnUnknown,
        unknown::{self, Verdict},
    },
    providers::{ChannelAccount, Provider, Sought},
    store::sending::{LookUp, SettleRow},
};

/// Looks a message up. `None`: nothing new is known. `options.listed_by`: a provider that took a message lists it within this time;
/// before, its absence proves nothing.
pub async fn look_up(
    provider: &dyn Provider,
    account: &ChannelAccount,
    lost: &LookUp,
    options: Options,
) -> Option<SettleRow> {
    let sought = Sought {
        addresses: vec![lost.to.clone()],
        text: lost.text.clone(),
        from: lost.intended_at,
        until: lost.now,
    };
    let found = match provider.find(account, &sought, tokio::time::Instant::now() + options.call_timeout).await {
        Ok(found) => found,
        Err(trouble) => {
            debug!(message = %lost.id, cause = trouble.cause.as_str(), "the provider could not be asked");
            return at_the_end(lost);
        }
    };
    let ours = unknown::claim(&found.ours, |id| lost.taken.iter().any(|taken| taken == id));
    if let Some(ours) = ours {
        info!(message = %lost.id, "unknown outcome settled: the provider has it");
        counter!("frontdesk_delivery_unknown_settled_total", "evidence" => "found").increment(1);
        return Some(SettleRow {
            state: "sent",
            outcome: Some("accepted"),
            provider_id: Some(ours.provider_id.clone()),
            ..row(lost)
        });
    }
    let age = Duration::try_from(lost.now.duration_since(lost.intended_at)).unwrap_or_default();
    if found.keeps_list && age >= options.listed_by && absence_proves(lost.cause) {
        info!(message = %lost.id, "unknown outcome settled: the provider's list does not have it, so it was not sent");
        counter!("frontdesk_delivery_unknown_settled_total", "evidence" => "absent").increment(1);
        return Some(again(lost, "not_sent", "the provider's list does not have it, so it is sent now"));
    }
    at_the_end(lost)
}

/// Whether a list without the message shows that it was not sent. Not when the provider said that it was (an answer nobody
/// could read), nor when it may have failed just at keeping the list.
fn absence_proves(cause: Option<Cause>) -> bool {
    matches!(cause, Some(Cause::NoAnswer | Cause::GatewayTimeout | Cause::Interrupted))
}

/// No evidence in time: the message's own wish decides.
fn at_the_end(lost: &LookUp) -> Option<SettleRow> {
    if lost.now < lost.reconcile_until || lost.on_unknown == OnUnknown::Leave {
        return None;
    }
    match unknown::verdict(lost.on_unknown, lost.resends, lost.not_after, lost.now) {
        Verdict::Leave => None,
        Verdict::Resend => {
            counter!("frontdesk_delivery_resent_total").increment(1);
            Some(again(
                lost,
                "unknown",
                "nobody knows whether it arrived; sent once more, as asked for this class",
            ))
        }
    }
}

fn again(lost: &LookUp, outcome: &'static str, text: &str) -> SettleRow {
    SettleRow {
        state: "queued",
        due_at: Some(Timestamp::UNIX_EPOCH),
        outcome: Some(outcome),
        resends: Some(lost.resends + u32::from(outcome == "unknown")),
        reason: Some(
            json!({ "cause": "looked_up", "cause_text": text, "owner": "nobody", "next_step": "nothing to do" }),
        ),
        ..row(lost)
    }
}

fn row(lost: &LookUp) -> SettleRow {
    SettleRow { id: lost.id.uuid(), n: Some(lost.n), ..SettleRow::default() }
}
