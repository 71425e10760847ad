use ids::ItemId;
use serde::{Deserialize, Serialize};

/// Who answers a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// This service.
    Bot,
    /// A person was asked for and has not taken over yet.
    WaitingHuman,
    /// A person.
    Human,
}

/// A conversation changes hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerChange {
    /// Who answers from here on.
    pub to: Owner,
    /// Why.
    pub reason: HandoffReason,
    /// What shows it.
    pub evidence: Evidence,
}

/// What a person needs to see to understand why they were fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The items that led to it.
    pub items: Vec<ItemId>,
    /// One line in a model's words. Holds what customers wrote: for staff, never for logs.
    pub summary: Option<String>,
}

/// Why a conversation changes hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffReason {
    /// Somebody may be in danger. Urgent.
    RedFlag,
    /// The customer asked for a person.
    Requested,
    /// The customer complains.
    Complaint,
    /// A question only the business can answer.
    OutOfScope,
    /// A medical question. Nothing is advised here.
    Medical,
    /// A picture or file that only a person may look at.
    Media,
    /// Two answers in a row failed, or one did not come to an end.
    Stuck,
    /// The message waited too long to be answered by a machine.
    Late,
    /// Staff wrote from the phone.
    TookOver,
    /// The customer asked for the menu again while waiting.
    Returned,
}

impl HandoffReason {
    /// Whether somebody must look at once.
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::RedFlag | Self::Medical)
    }
}
