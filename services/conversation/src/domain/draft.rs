use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Asked, Effect, Fallback, Language, OwnerChange, Proposal, Route, Stats, Taps};

/// What a turn came to: nothing of it has happened yet. It is committed as a whole or dropped as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Draft {
    /// How it was decided.
    pub route: Route,
    /// Name of the rule that wrote it, for the transition's cause and for metrics. From a closed set.
    pub rule: &'static str,
    /// What to say, in order.
    pub says: Vec<Say>,
    /// What becomes of proposals.
    pub proposal: Option<ProposalChange>,
    /// What to commit to the calendar. `says` is true only if it comes back `done`; see `turn::after_refusal`.
    pub effect: Option<Effect>,
    /// What the conversation waits for from here on; replaces what it waited for before.
    pub asked: Option<Asked>,
    /// Who answers from here on, if that changes.
    pub owner: Option<OwnerChange>,
    /// The conversation's language, if that changes.
    pub language: Option<Language>,
    /// What it cost.
    pub stats: Stats,
}

/// One message to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Say {
    /// What it says, at most 1,000 characters.
    pub text: String,
    /// How much depends on it.
    pub class: SayClass,
    /// After this it must not be sent any more.
    pub not_after: Timestamp,
    /// What can be tapped to answer it.
    pub taps: Option<Taps>,
    /// What goes where only an approved template may.
    pub fallback: Option<Fallback>,
}

/// How much depends on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SayClass {
    /// An answer in a conversation.
    Reply,
    /// States what was committed. Losing it leaves the customer wrong about an appointment.
    Confirmation,
    /// States what must be stated whoever owns the conversation: an emergency text, an opt-out.
    Notice,
}

/// What becomes of proposals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", content = "proposal", rename_all = "snake_case")]
pub enum ProposalChange {
    /// This one is open from here on; one that was open before is superseded.
    Open(Box<Proposal>),
    /// The open one was confirmed; goes with an effect.
    Confirmed,
    /// The open one was rejected.
    Rejected,
    /// The open one ran out.
    Expired,
    /// The open one was taken back.
    Superseded,
}
