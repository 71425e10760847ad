//! Whether a channel hears: connected is a word, moving is a fact.
//!
//! A silence may be real. So whatever looks wrong is a reason to ask the chain (`crate::hearing`), and only what comes of
//! that, twice, makes a channel deaf. Deafness ends with the first sign of the contrary: where customers' messages were missed, only
//! one of them that comes by itself is that, or an operator's word. It closes no door: sending may work.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::door::{Door, Look, Why};
use crate::domain::text::words;

/// A bridge that is connecting for longer does not come back by itself.
pub const CONNECTING: Duration = Duration::from_secs(5 * 60);
/// A doubt is cleared up after this.
pub const AGAIN: Duration = Duration::from_secs(60);
/// How often a deaf channel is asked whether it still is.
pub const STILL: Duration = Duration::from_secs(30 * 60);
/// A silence that turned out to be real is not asked about again for so long.
pub const REAL: Duration = Duration::from_secs(6 * 60 * 60);
/// Receipts that do not come are asked about once in this time.
pub const RECEIPTS: Duration = Duration::from_secs(60 * 60);
/// So many messages without a receipt, to so many people, in an hour, are more than phones that are off …
const MANY: (i64, i64) = (5, 3);
/// … if they are this share of all that could have one.
const SHARE: f64 = 0.8;

words! {
    /// The links of the chain, in the order in which a message passes them.
    pub enum Link as "link" {
        /// Our keys are there, and the provider lets us in.
        Credentials = "credentials",
        /// The number is connected to WhatsApp.
        Connection = "connection",
        /// The provider knows our address.
        Webhook = "webhook",
        /// The provider takes a message.
        Send = "send",
        /// What becomes of it is told to us.
        WayBack = "way_back",
        /// Who told us is proven.
        Signature = "signature",
    }
}

words! {
    /// What gave rise to asking, or to the verdict.
    pub enum Because as "reason" {
        /// Nothing came for longer than fits what usually comes.
        Silence = "silence",
        /// Nothing came for so long that a canary is due.
        Quiet = "quiet",
        /// The provider takes messages and tells nothing about them.
        Receipts = "receipts",
        /// The provider's list has messages that no webhook brought.
        Missed = "missed",
        /// The provider is not set to tell us everything, whatever goes round.
        Incomplete = "incomplete",
        /// It has been connecting for too long.
        Connecting = "connecting",
    }
}

/// A channel through which nothing moves although it should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deafness {
    /// What showed it.
    pub because: Because,
    /// The link that is broken.
    pub link: Link,
    /// What was seen.
    pub words: String,
    /// What to do.
    pub next_step: String,
    /// Since when nothing came, or the bridge connects.
    pub since: Timestamp,
    /// When that was known. What comes later ends it.
    pub found_at: Timestamp,
}

/// What came through the channel, by the word of ingest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    /// Anything.
    pub at: Option<Timestamp>,
    /// A customer's message.
    pub inbound_at: Option<Timestamp>,
    /// A receipt.
    pub receipt_at: Option<Timestamp>,
    /// Messages that the provider's list had and no webhook brought, written since a customer's message came by itself.
    pub missed: i64,
    /// When the newest of them was written.
    pub missed_at: Option<Timestamp>,
}

/// Messages of the last hour that could have a receipt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Receipts {
    /// Taken by the provider.
    pub taken: i64,
    /// Nothing was heard of them.
    pub silent: i64,
    /// To so many people.
    pub people: i64,
}

impl Receipts {
    /// So many are missing that the cause is not the customers' phones.
    #[must_use]
    pub fn stopped(self) -> bool {
        self.silent >= MANY.0 && self.people >= MANY.1 && self.silent as f64 >= self.taken as f64 * SHARE
    }
}

/// What is remembered of a channel.
#[derive(Clone, Debug)]
pub struct Known {
    /// Since when anybody listens.
    pub listened_since: Timestamp,
    /// When the chain was last asked.
    pub asked_at: Option<Timestamp>,
    /// When it last was proven.
    pub proven_at: Option<Timestamp>,
    /// It has failed once, when it was asked for this reason.
    pub doubt: Option<Because>,
    /// It is deaf.
    pub deaf: Option<Deafness>,
    /// Since when it is believed to hear, by an operator's word or since it was switched off.
    pub trusted_at: Option<Timestamp>,
}

/// All that can be seen of a channel without asking anybody.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// Its door.
    pub door: &'a Door,
    /// Switched off.
    pub disabled: bool,
    /// What came; `None`: ingest does not say.
    pub heard: Option<Heard>,
    /// Until when its silence fits.
    pub fits_until: Option<Timestamp>,
    /// What the provider tells of messages.
    pub receipts: Receipts,
    /// How often a canary is due while nothing comes; `None`: never.
    pub canary_every: Option<Duration>,
    /// A canary can go round, so asking proves something either way.
    pub provable: bool,
}

/// What to do about a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Rest,
    /// Ask the chain.
    Ask(Because),
    /// It is deaf, as can be seen.
    Deaf(Deafness),
    /// It hears again.
    Hears,
}

/// What to do.
#[must_use]
pub fn next(seen: &Seen<'_>, known: &Known, now: Timestamp) -> Next {
    let connecting = connecting_since(seen.door).filter(|since| is_over(*since, CONNECTING, now));
    match (&known.deaf, connecting) {
        _ if seen.disabled => ends_if_deaf(known),
        (Some(deaf), _) if is_over_with(deaf, seen, connecting.is_some()) => Next::Hears,
        (Some(deaf), _) if deaf.because == Because::Connecting => Next::Rest,
        (None, Some(since)) => Next::Deaf(Deafness {
            because: Because::Connecting,
            link: Link::Connection,
            words: "the provider has been connecting for longer than it takes".to_owned(),
            next_step: "look at the phone: it must be on and online; then RestartInstance, and if that does not help, pair it anew (ConnectPhone)".to_owned(),
            since,
            found_at: now,
        }),
        // The door says what is wrong.
        _ if matches!(seen.door, Door::Closed(_)) => Next::Rest,
        (Some(deaf), _) if is_due(known.asked_at, STILL, now) => Next::Ask(deaf.because),
        (Some(_), _) => Next::Rest,
        (None, None) => suspicion(seen, known, now),
    }
}

fn suspicion(seen: &Seen<'_>, known: &Known, now: Timestamp) -> Next {
    let heard = seen.heard.unwrap_or_default();
    // A canary that came back shows only that its own kind does.
    if heard.missed > 0 && heard.missed_at > heard.inbound_at.max(known.trusted_at) {
        return Next::Deaf(Deafness {
            because: Because::Missed,
            link: Link::WayBack,
            words: format!("the provider's list has {} messages that no webhook brought", heard.missed),
            next_step: "CheckChannel says where they get lost; SetWebhook sets the webhook anew".to_owned(),
            since: heard.inbound_at.unwrap_or(known.listened_since),
            found_at: now,
        });
    }
    if let Some(because) = known.doubt {
        return if is_due(known.asked_at, AGAIN, now) { Next::Ask(because) } else { Next::Rest };
    }
    // Nobody says what came, so nothing can be made of its not coming.
    if seen.heard.is_none() {
        return Next::Rest;
    }
    if seen.receipts.stopped() && is_due(known.asked_at, RECEIPTS, now) {
        if seen.provable {
            return Next::Ask(Because::Receipts);
        }
        let since = heard.receipt_at.unwrap_or(known.listened_since);
        return Next::Deaf(no_receipts(seen.receipts, since, now));
    }
    if seen.fits_until.is_some_and(|until| until <= now) && is_due(known.asked_at, REAL, now) {
        return Next::Ask(Because::Silence);
    }
    let last = heard.at.max(known.asked_at).unwrap_or(known.listened_since);
    match seen.canary_every {
        Some(every) if seen.provable && is_over(last, every, now) => Next::Ask(Because::Quiet),
        _ => Next::Rest,
    }
}

fn ends_if_deaf(known: &Known) -> Next {
    if known.deaf.is_some() { Next::Hears } else { Next::Rest }
}

/// Something proves the contrary.
fn is_over_with(deaf: &Deafness, seen: &Seen<'_>, connecting: bool) -> bool {
    let heard = seen.heard.unwrap_or_default();
    match deaf.because {
        Because::Connecting => !connecting,
        Because::Receipts => heard.receipt_at > Some(deaf.found_at) && !seen.receipts.stopped(),
        Because::Silence | Because::Quiet => heard.at > Some(deaf.found_at),
        // Whatever else comes and goes round is not what was missed.
        Because::Missed | Because::Incomplete => heard.inbound_at > Some(deaf.found_at),
    }
}

fn no_receipts(receipts: Receipts, since: Timestamp, now: Timestamp) -> Deafness {
    Deafness {
        because: Because::Receipts,
        link: Link::WayBack,
        words: format!(
            "of {} messages that the provider took in the last hour, {} to {} people have no receipt",
            receipts.taken, receipts.silent, receipts.people
        ),
        next_step:
            "CheckChannel with a phone of yours says whether messages arrive and whether receipts come back"
                .to_owned(),
        since,
        found_at: now,
    }
}

/// A door that waits for the provider to connect. One that waits for a message to prove it is connected again.
fn connecting_since(door: &Door) -> Option<Timestamp> {
    let closure = door.closure().filter(|closure| closure.why == Why::Connecting)?;
    matches!(closure.look, Some(Look::AskState { .. }) | None).then_some(closure.since)
}

fn is_due(asked_at: Option<Timestamp>, after: Duration, now: Timestamp) -> bool {
    asked_at.is_none_or(|at| is_over(at, after, now))
}

fn is_over(since: Timestamp, after: Duration, now: Timestamp) -> bool {
    since.checked_add(after).is_ok_and(|due| due <= now)
}

#[cfg(test)]
mod tests;
