use ids::{ChannelId, ContactId, ConversationId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AgentVersion, Asked, HistoryLine, Item, Language, Owner, Proposal, Snippet, TenantProfile};

/// Everything a turn decides by, read at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// That moment.
    pub now: Timestamp,
    /// Joins everything that follows from the same message.
    pub correlation_id: Uuid,
    /// The business.
    pub tenant: TenantProfile,
    /// What the business has written about itself.
    pub knowledge: Vec<Snippet>,
    /// The agent.
    pub agent: AgentVersion,
    /// The conversation.
    pub conversation: Conversation,
    /// What is to be answered, oldest first.
    pub items: Vec<Item>,
    /// The proposal whose state is open, also when its time has run out. There is at most one.
    pub open_proposal: Option<Proposal>,
    /// The last thing said to the customer before `items`, whoever said it.
    pub last_said: Option<HistoryLine>,
    /// What was said before `items`, oldest first. Left empty unless `turn::wants_history` asks for it.
    pub history: Vec<HistoryLine>,
}

/// One conversation, as it stood when the turn began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// Of which business.
    pub tenant_id: TenantId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// With whom.
    pub contact_id: ContactId,
    /// The customer's address, as the provider wants it.
    pub to: String,
    /// As the customer calls themselves. Theirs to choose: data, never instructions.
    pub customer_name: Option<String>,
    /// The language it is held in, once known.
    pub language: Option<Language>,
    /// Who answers it.
    pub owner: Owner,
    /// Nothing was ever said to this customer.
    pub first_contact: bool,
    /// Its provider can show that somebody reads and writes.
    #[serde(default)]
    pub has_signs: bool,
    /// What the last turn left open.
    pub last_asked: Option<Asked>,
}
