//! A dead letter: what was given up on, and what became of it.

use std::fmt;

use ids::DeadLetterId;
use jiff::Timestamp;

/// The service that keeps the row of a dead item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnerService {
    /// Inbound items.
    Conversation,
    /// Outbound messages.
    Delivery,
}

impl OwnerService {
    /// Both, for loops.
    pub const ALL: [Self; 2] = [Self::Conversation, Self::Delivery];

    /// Whose row a printed id names.
    #[must_use]
    pub fn of_item(item_id: &str) -> Option<Self> {
        match item_id.split_once('_')?.0 {
            "itm" => Some(Self::Conversation),
            "msg" => Some(Self::Delivery),
            _ => None,
        }
    }

    /// The service's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Delivery => "delivery",
        }
    }
}

impl fmt::Display for OwnerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a death came to our notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticedBy {
    /// JetStream announced it.
    Advisory,
    /// The announcement was lost; the owner's list had it.
    Sweep,
}

impl NoticedBy {
    /// The word stored and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Advisory => "advisory",
            Self::Sweep => "sweep",
        }
    }
}

/// What became of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody should look at it.
    Open,
    /// Appended again as this new item.
    Replayed {
        /// The new item's printed id.
        as_item: String,
    },
    /// Closed without doing anything.
    Discarded {
        /// Why.
        reason: String,
    },
}

impl State {
    /// The word stored.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Replayed { .. } => "replayed",
            Self::Discarded { .. } => "discarded",
        }
    }

    /// The new item, or the reason.
    #[must_use]
    pub fn resolution(&self) -> Option<&str> {
        match self {
            Self::Open => None,
            Self::Replayed { as_item } => Some(as_item),
            Self::Discarded { reason } => Some(reason),
        }
    }
}

/// What was given up on.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Its own id.
    pub id: DeadLetterId,
    /// Who keeps the row.
    pub owner: OwnerService,
    /// The owner's row, printed.
    pub item_id: String,
    /// The tenant, printed.
    pub tenant_id: String,
    /// A stable name by which causes are grouped.
    pub cause: String,
    /// The cause in words.
    pub cause_text: String,
    /// Who should act.
    pub responsible: String,
    /// What to do.
    pub next_step: String,
    /// Connects everything that came from one message.
    pub correlation_id: String,
    /// Where it stands.
    pub state: State,
    /// When it was given up.
    pub died_at: Timestamp,
    /// How it came to our notice.
    pub noticed_by: NoticedBy,
    /// From then on working on it is of no use.
    pub expires_at: Option<Timestamp>,
    /// The item that its item replays.
    pub replay_of: Option<String>,
    /// How often it, or what it replays, was replayed by a policy.
    pub policy_retries: i32,
}
