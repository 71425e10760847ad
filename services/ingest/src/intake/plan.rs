//! Where each event of a request goes. A pure function of the request and the channels.

use std::sync::Arc;

use ids::ChannelId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::accept::{self, Arrived, Echo};
use crate::channels::{Account, Channel, Directory};
use crate::domain::{ChannelSignal, Claim, InboundEvent, Parsed, Route};
use crate::metrics;
use crate::providers::{Provider, SecretDigest};
use crate::quarantine::{Problem, Reason};
use crate::traffic::Sign;

/// For whom the proof that came with a request speaks.
#[derive(Debug, Clone)]
pub enum Trust {
    /// For the channel in the address.
    Channel,
    /// For the operator, and so for every channel of the provider.
    Operator,
    /// For channels of the Meta app with this secret.
    App(SecretDigest),
}

/// An event for the conversation's inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InboxItem {
    pub channel_id: ChannelId,
    pub correlation_id: Uuid,
    /// For the log.
    pub kind: &'static str,
    /// When it was written, as far as the provider says.
    pub written_at: Option<Timestamp>,
    pub json: String,
}

/// A receipt for delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReceiptItem {
    pub channel_id: ChannelId,
    /// For the log.
    pub status: &'static str,
    pub json: String,
}

/// A message of the account: handed on as staff's unless delivery says that it is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EchoItem {
    pub echo: Echo,
    /// Missing for what the provider's API sent: if that is not ours, it is another program's, and none of our business.
    pub unless_ours: Option<InboxItem>,
}

/// A request, sorted by receivers.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub inbox: Vec<InboxItem>,
    pub identities: Vec<InboxItem>,
    pub echoes: Vec<EchoItem>,
    pub receipts: Vec<ReceiptItem>,
    pub channel_events: Vec<String>,
    pub template_events: Vec<String>,
    /// What the events say about their channels.
    pub heard: Vec<(ChannelId, Sign)>,
    pub problems: Vec<Problem>,
    pub ignored: u32,
    /// A channel that may have been put a moment ago.
    pub names_an_unknown_number: bool,
}

impl Plan {
    pub fn of_problem(problem: Problem) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }
}

/// Sorts the events of a request.
pub(super) fn plan(
    parsed: &Parsed,
    addressed: Option<&Arc<Channel>>,
    trust: &Trust,
    directory: &Directory,
    provider: Provider,
    received_at: Timestamp,
) -> Plan {
    let mut plan = Plan::default();
    let resolve = |route: &Route| resolve(route, &parsed.claim, addressed, trust, directory);
    for routed in &parsed.events {
        // What is none of ours is none of ours whoever it is for.
        if matches!(routed.event, InboundEvent::Ignored(_) | InboundEvent::Pairing(_)) {
            plan.ignored += 1;
            continue;
        }
        match resolve(&routed.route) {
            Ok(channel) => {
                // What had to be fetched shows nothing of what comes by itself.
                let sign = Sign::of(&routed.event).filter(|_| !parsed.late);
                plan.heard.extend(sign.map(|sign| (channel.id, sign)));
                put(&mut plan, &routed.event, channel, provider, received_at, parsed.late);
            }
            Err(problem) => {
                plan.names_an_unknown_number |= problem.reason == Reason::UnknownChannel
                    && matches!(routed.route, Route::MetaNumber(_) | Route::MetaAccount(_));
                plan.problems.push(problem);
            }
        }
    }
    for rejected in &parsed.rejected {
        let channel_id = resolve(&rejected.route).ok().map(|channel| channel.id);
        let detail = format!("{}: {}", rejected.at, rejected.detail);
        plan.problems.push(Problem { reason: Reason::RejectedPiece, channel_id, detail });
    }
    plan
}

fn put(
    plan: &mut Plan,
    event: &InboundEvent,
    channel: &Channel,
    provider: Provider,
    received_at: Timestamp,
    late: bool,
) {
    let arrived = Arrived { channel_id: channel.id, at: received_at, correlation_id: Uuid::now_v7(), late };
    tracing::debug!(
        channel_id = %channel.id,
        correlation_id = %arrived.correlation_id,
        kind = event.label(),
        "event arrived"
    );
    let inbox_item = || {
        let json = accept::inbox(event, arrived)?;
        Some(InboxItem {
            channel_id: channel.id,
            correlation_id: arrived.correlation_id,
            kind: event.label(),
            written_at: event.written_at(),
            json,
        })
    };
    match event {
        InboundEvent::Message(_)
        | InboundEvent::Reaction(_)
        | InboundEvent::Edit(_)
        | InboundEvent::Revoke(_) => {
            plan.inbox.extend(inbox_item());
        }
        InboundEvent::Echo(_) | InboundEvent::ApiEcho(_) => {
            if let Some(echo) = accept::echo_of(event, channel.id) {
                plan.echoes.push(EchoItem { echo, unless_ours: inbox_item() });
            }
        }
        InboundEvent::Receipt(receipt) => plan.receipts.push(ReceiptItem {
            channel_id: channel.id,
            status: receipt.status.as_str(),
            json: accept::receipt(receipt, arrived),
        }),
        InboundEvent::ChannelState(state) => {
            plan.channel_events.push(accept::channel_event(state, channel.id))
        }
        InboundEvent::Template(news) => plan.template_events.push(accept::template_event(news, channel.id)),
        InboundEvent::ChannelSignal(ChannelSignal { code, title }) => {
            // The sender slows down by the answers to its own calls; this is for whoever looks why.
            metrics::signal(provider);
            tracing::warn!(
                channel_id = %channel.id, code, title,
                "the provider reports something about the whole channel"
            );
            plan.ignored += 1;
        }
        InboundEvent::IdentityChange(change) => plan.identities.push(InboxItem {
            channel_id: channel.id,
            correlation_id: arrived.correlation_id,
            kind: event.label(),
            written_at: None,
            json: accept::identity(change, arrived),
        }),
        InboundEvent::Pairing(_) | InboundEvent::Ignored(_) => plan.ignored += 1,
    }
}

/// Finds the channel a piece belongs to, and makes sure that the proof which came with the request speaks for it.
fn resolve<'c>(
    route: &Route,
    claim: &Claim,
    addressed: Option<&'c Arc<Channel>>,
    trust: &Trust,
    directory: &'c Directory,
) -> Result<&'c Channel, Problem> {
    let problem =
        |reason, channel_id, detail: &str| Problem { reason, channel_id, detail: detail.to_owned() };
    let found = match route {
        Route::Addressed => addressed,
        Route::MetaNumber(number) => directory.by_meta_number(number),
        Route::MetaAccount(account) => directory.by_meta_account(account),
    };
    let Some(channel) = found else {
        let detail = match route {
            Route::Addressed => "no channel has the name in the address".to_owned(),
            Route::MetaNumber(number) => format!("no channel has the phone number id {number:.40}"),
            Route::MetaAccount(account) => format!("no channel has the business account {account:.40}"),
        };
        return Err(problem(Reason::UnknownChannel, None, &detail));
    };
    match (&channel.account, claim) {
        (Account::Evolution { instance, .. }, Claim::EvolutionInstance(claimed)) if instance != claimed => {
            Err(problem(
                Reason::WrongAccount,
                Some(channel.id),
                "the body is of another instance than the channel's: correct account.instance or the webhook's address",
            ))
        }
        (
            Account::Twilio { account_sid, from, .. },
            Claim::TwilioAccount { account_sid: claimed, own_address },
        ) if account_sid != claimed || is_another(from.as_deref(), own_address.as_deref()) => Err(problem(
            Reason::WrongAccount,
            Some(channel.id),
            "the message is for another account or sender than the channel's: correct account or webhook address",
        )),
        (Account::Meta { app_secrets, .. }, _)
            if !speaks_for(trust, app_secrets.iter().map(|app| &app.digest)) =>
        {
            Err(problem(
                Reason::WrongApp,
                Some(channel.id),
                "the request was signed by another Meta app than the channel's",
            ))
        }
        _ => Ok(channel),
    }
}

/// Whether both addresses are known and differ.
fn is_another(configured: Option<&str>, claimed: Option<&str>) -> bool {
    matches!((configured, claimed), (Some(configured), Some(claimed)) if configured != claimed)
}

/// A tenant knows the secret of its own app, and could sign anything with it; so that secret speaks only for channels
/// that have it.
fn speaks_for<'d>(trust: &Trust, mut of_channel: impl Iterator<Item = &'d SecretDigest>) -> bool {
    match trust {
        Trust::Channel | Trust::Operator => true,
        Trust::App(digest) => of_channel.any(|own| own.equals(digest)),
    }
}
