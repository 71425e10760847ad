//! `delivery.record_receipts_v1`: messages we sent moved on.

use sqlx::PgPool;

use super::inbox::array;
use super::{Call, CallError};

/// The function.
#[derive(Debug)]
pub struct Receipts {
    /// Connections for what goes to delivery.
    pub pool: PgPool,
}

impl Call for Receipts {
    /// One receipt as JSON.
    type Item = String;
    /// Whether it raised a message; the others were known, or are of messages that are not ours (yet).
    type Outcome = bool;
    const NAME: &'static str = "receipts";

    async fn call(&self, items: &[&String]) -> Result<Vec<bool>, CallError> {
        let outcomes = sqlx::query_scalar!(
            r#"select outcome = 'raised' as "raised!" from delivery.record_receipts_v1($1::text::jsonb) order by ord"#,
            array(items),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(outcomes)
    }
}
