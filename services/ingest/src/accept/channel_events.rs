//! `delivery.record_channel_events_v1`: a channel can carry messages, or no longer.

use sqlx::PgPool;

use super::inbox::array;
use super::{Call, CallError};

/// The function.
#[derive(Debug)]
pub struct ChannelEvents {
    /// Connections for what goes to delivery.
    pub pool: PgPool,
}

impl Call for ChannelEvents {
    /// One event as JSON.
    type Item = String;
    type Outcome = ();
    const NAME: &'static str = "channel_events";

    async fn call(&self, items: &[&String]) -> Result<Vec<()>, CallError> {
        sqlx::query!("select delivery.record_channel_events_v1($1::text::jsonb)", array(items))
            .execute(&self.pool)
            .await?;
        Ok(vec![(); items.len()])
    }
}
