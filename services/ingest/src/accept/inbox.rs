//! `conversation.accept_v1`: messages, echoes, edits, withdrawals and reactions.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use bus::Bus;
use bus::streams::inbound_subject;
use sqlx::PgPool;
use uuid::Uuid;

use super::{Call, CallError};

/// Tells the conversation service to look, without waiting: a wake-up that is lost is made up for by its sweeper. There
/// may be no broker yet; accepting does not wait for one.
#[derive(Debug, Clone, Default)]
pub struct Wakes(Arc<OnceLock<Bus>>);

impl Wakes {
    /// From now on there is a broker.
    pub fn connected(&self, bus: Bus) {
        let _ = self.0.set(bus);
    }

    /// Waits until all wake-ups have left the process.
    pub async fn flush(&self) {
        if let Some(bus) = self.0.get() {
            bus.flush().await;
        }
    }

    fn send(&self, keys: BTreeSet<(Uuid, Uuid)>) {
        let Some(bus) = self.0.get().filter(|_| !keys.is_empty()).cloned() else { return };
        tokio::spawn(async move {
            for (tenant, conversation) in keys {
                bus.wake(inbound_subject(tenant), conversation).await;
            }
        });
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxOutcome {
    /// It is in the inbox, in this conversation.
    Accepted(Option<Uuid>),
    /// It was there already.
    Duplicate,
    /// The conversation service does not know the channel; nothing was stored.
    UnknownChannel,
}

/// The function, and who is told after its commit.
#[derive(Debug)]
pub struct Inbox {
    /// Connections for this alone, with a short lock timeout.
    pub pool: PgPool,
    /// Told which conversations to look at.
    pub wakes: Wakes,
}

impl Call for Inbox {
    /// One event as JSON.
    type Item = String;
    type Outcome = InboxOutcome;
    const NAME: &'static str = "inbox";

    async fn call(&self, items: &[&String]) -> Result<Vec<InboxOutcome>, CallError> {
        let rows = sqlx::query!(
            r#"select outcome as "outcome!", conversation_id, tenant_id, undone as "undone!"
               from conversation.accept_v1($1::text::jsonb) order by ord"#,
            array(items),
        )
        .fetch_all(&self.pool)
        .await?;
        let mut keys = BTreeSet::new();
        let outcomes = rows
            .into_iter()
            .map(|row| {
                let accepted = row.outcome == "accepted";
                // A duplicate that still waits is woken too: its first wake-up may have been lost with our answer.
                if (accepted || row.undone)
                    && let (Some(tenant), Some(conversation)) = (row.tenant_id, row.conversation_id)
                {
                    keys.insert((tenant, conversation));
                }
                match row.outcome.as_str() {
                    "accepted" => InboxOutcome::Accepted(row.conversation_id),
                    "duplicate" => InboxOutcome::Duplicate,
                    _ => InboxOutcome::UnknownChannel,
                }
            })
            .collect();
        self.wakes.send(keys);
        Ok(outcomes)
    }
}

/// The elements as one JSON array.
pub(super) fn array(items: &[&String]) -> String {
    let mut array = String::with_capacity(items.iter().map(|item| item.len() + 1).sum::<usize>() + 2);
    array.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            array.push(',');
        }
        array.push_str(item);
    }
    array.push(']');
    array
}
