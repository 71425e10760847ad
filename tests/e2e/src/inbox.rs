use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::Stack;

/// The door into conversation's inbox as ingest uses it, without a webhook before it and without waking anybody.
#[derive(Clone, Debug)]
pub struct Inbox {
    pool: PgPool,
    channel: Uuid,
    /// Whose channel it is.
    pub tenant: Uuid,
}

impl Inbox {
    /// The inbox behind the stack's channel.
    ///
    /// # Errors
    /// When the database cannot be reached, or no channel was declared yet.
    pub async fn of(stack: &Stack) -> anyhow::Result<Self> {
        let (channel, tenant) = sqlx::query_as("select id, tenant_id from conversation.channel")
            .fetch_one(&stack.rows().await?)
            .await?;
        Ok(Self { pool: stack.pool("ingest").await?, channel, tenant })
    }

    /// An event as `accept_v1` takes it.
    #[must_use]
    pub fn event(&self, phone: &str, provider_id: &str, text: &str) -> serde_json::Value {
        json!({
            "channel_id": self.channel, "kind": "message", "provider_id": provider_id,
            "peer": { "phone": format!("+{phone}") }, "to": phone, "body": { "kind": "text", "text": text },
            "correlation_id": Uuid::now_v7(),
        })
    }

    /// A customer's message is accepted. Answers with its conversation.
    ///
    /// # Errors
    /// When it is not.
    pub async fn accept(&self, phone: &str, text: &str) -> anyhow::Result<Uuid> {
        let event = self.event(phone, &Uuid::now_v7().to_string(), text);
        let (outcome, conversation): (String, Option<Uuid>) =
            sqlx::query_as("select outcome, conversation_id from conversation.accept_v1($1)")
                .bind(json!([event]))
                .fetch_one(&self.pool)
                .await?;
        conversation
            .filter(|_| outcome == "accepted")
            .ok_or_else(|| anyhow::anyhow!("the inbox answered {outcome}"))
    }

    /// Ingest's connections.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The channel it belongs to.
    #[must_use]
    pub fn channel(&self) -> Uuid {
        self.channel
    }
}
