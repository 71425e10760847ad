//! `delivery.record_receipts_v1`: messages we sent moved on.

use sqlx::PgPool;
use uuid::Uuid;

use super::inbox::array;
use super::{Call, CallError};

/// A message of ours that a receipt raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised {
    /// The message.
    pub message_id: Uuid,
    /// What ties it to the customer's message.
    pub correlation_id: Uuid,
}

/// The function.
#[derive(Debug)]
pub struct Receipts {
    /// Connections for what goes to delivery.
    pub pool: PgPool,
}

impl Call for Receipts {
    /// One receipt as JSON.
    type Item = String;
    /// What it raised; the others were known, or are of messages that are not ours (yet).
    type Outcome = Option<Raised>;
    const NAME: &'static str = "receipts";

    async fn call(&self, items: &[&String]) -> Result<Vec<Option<Raised>>, CallError> {
        let rows = sqlx::query!(
            "select message_id, correlation_id from delivery.record_receipts_v1($1::text::jsonb) order by ord",
            array(items),
        )
        .fetch_all(&self.pool)
        .await?;
        let raised = rows
            .into_iter()
            .map(|row| Some(Raised { message_id: row.message_id?, correlation_id: row.correlation_id? }));
        Ok(raised.collect())
    }
}
