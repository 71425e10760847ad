use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of what was said so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Who said it.
    pub author: Author,
    /// What was said.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Who can say something in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The customer.
    Customer,
    /// This service.
    Assistant,
    /// A person of the business.
    Staff,
    /// The calendar's reminders.
    Reminder,
}
