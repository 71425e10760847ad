use contract::work::v1;
use ids::{ConversationId, TenantId};
use uuid::Uuid;

use crate::{Failure, parse};

/// What belongs together: everything of a correlation id in a conversation (`frontdesk.work.v1.Thread`). A nil conversation:
/// somebody who is only in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The tenant.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
    /// On every row of it.
    pub correlation: Uuid,
}

impl Thread {
    /// Reads one.
    ///
    /// # Errors
    /// Which of its ids is none.
    pub fn parse(given: &v1::Thread) -> Result<Self, Failure> {
        Ok(Self {
            tenant: parse::id("threads.tenant_id", &given.tenant_id)?,
            conversation: parse::id("threads.conversation_id", &given.conversation_id)?,
            correlation: parse::id("threads.correlation_id", &given.correlation_id)?,
        })
    }
}

impl From<Thread> for v1::Thread {
    fn from(thread: Thread) -> Self {
        Self {
            tenant_id: thread.tenant.to_string(),
            conversation_id: thread.conversation.to_string(),
            correlation_id: thread.correlation.to_string(),
        }
    }
}
