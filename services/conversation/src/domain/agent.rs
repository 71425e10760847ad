use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One immutable version of an agent: what a model is told, and what it may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentVersion {
    /// Which version, kept on every turn it answered.
    pub id: Uuid,
    /// What the business wants its agent to know and how it should sound. Trusted: the business wrote it.
    pub prompt: String,
    /// The model to ask. `None`: menus only, no model.
    pub model: Option<String>,
    /// Sampling temperature, 0 to 2.
    pub temperature: f32,
    /// Most tokens of one request, its answer included.
    pub token_budget: u32,
    /// Most model calls of one turn.
    pub max_model_calls: u32,
    /// Most tool calls of one turn.
    pub max_tool_calls: u32,
    /// Most time one turn may take.
    pub deadline: Duration,
    /// The customer is asked for a moment when a model has not answered after this. `None`: never.
    pub ack_after: Option<Duration>,
    /// What the model may ask for.
    pub tools: BTreeSet<ToolName>,
}

impl AgentVersion {
    /// A version with the usual limits and all tools.
    pub fn new(id: Uuid, prompt: String, model: Option<String>) -> Self {
        Self {
            id,
            prompt,
            model,
            temperature: 0.2,
            token_budget: 4000,
            max_model_calls: 5,
            max_tool_calls: 8,
            deadline: Duration::from_secs(25),
            ack_after: Some(Duration::from_secs(8)),
            tools: ToolName::ALL.into_iter().collect(),
        }
    }
}

/// A tool a model can be given. There is none that commits anything: a model can only propose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolName {
    /// Free times.
    FindSlots,
    /// The customer's own appointments.
    ListMyBookings,
    /// Puts a booking to the customer.
    ProposeBooking,
    /// Puts a move to the customer.
    ProposeReschedule,
    /// Puts a cancellation to the customer.
    ProposeCancel,
    /// Takes back what was put to the customer.
    WithdrawProposal,
    /// What the business has written about itself.
    SearchKnowledge,
    /// Fetches a person.
    AskHandoff,
    /// The language of the answers from here on.
    SetReplyLanguage,
}

impl ToolName {
    /// Every tool, in the order in which they are described to a model.
    pub const ALL: [Self; 9] = [
        Self::FindSlots,
        Self::ListMyBookings,
        Self::ProposeBooking,
        Self::ProposeReschedule,
        Self::ProposeCancel,
        Self::WithdrawProposal,
        Self::SearchKnowledge,
        Self::AskHandoff,
        Self::SetReplyLanguage,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FindSlots => "find_slots",
            Self::ListMyBookings => "list_my_bookings",
            Self::ProposeBooking => "propose_booking",
            Self::ProposeReschedule => "propose_reschedule",
            Self::ProposeCancel => "propose_cancel",
            Self::WithdrawProposal => "withdraw_proposal",
            Self::SearchKnowledge => "search_knowledge",
            Self::AskHandoff => "ask_handoff",
            Self::SetReplyLanguage => "set_reply_language",
        }
    }

    /// The tool of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == name)
    }
}
