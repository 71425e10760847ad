//! `delivery.record_template_events_v1`: what a provider says about its templates.

use sqlx::PgPool;

use super::inbox::array;
use super::{Call, CallError};

/// The function.
#[derive(Debug)]
pub struct TemplateEvents {
    /// Connections for what goes to delivery.
    pub pool: PgPool,
}

impl Call for TemplateEvents {
    /// One event as JSON.
    type Item = String;
    type Outcome = ();
    const NAME: &'static str = "template_events";

    async fn call(&self, items: &[&String]) -> Result<Vec<()>, CallError> {
        sqlx::query!("select delivery.record_template_events_v1($1::text::jsonb)", array(items))
            .fetch_one(&self.pool)
            .await?;
        Ok(vec![(); items.len()])
    }
}
