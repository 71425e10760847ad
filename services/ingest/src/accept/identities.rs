//! `conversation.change_identity_v1`: a person goes by another number or id.

use sqlx::PgPool;

use super::inbox::array;
use super::{Call, CallError, InboxOutcome};

/// The function.
#[derive(Debug)]
pub struct Identities {
    /// Connections for what goes to conversation.
    pub pool: PgPool,
}

impl Call for Identities {
    /// One change as JSON.
    type Item = String;
    type Outcome = InboxOutcome;
    const NAME: &'static str = "identities";

    async fn call(&self, items: &[&String]) -> Result<Vec<InboxOutcome>, CallError> {
        let outcomes = sqlx::query_scalar!(
            r#"select outcome as "outcome!" from conversation.change_identity_v1($1::text::jsonb) order by ord"#,
            array(items),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(outcomes
            .iter()
            .map(|outcome| match outcome.as_str() {
                "duplicate" => InboxOutcome::Duplicate,
                "unknown_channel" => InboxOutcome::UnknownChannel,
                // Also for somebody nobody knew by the old name: they are met under the new one.
                _ => InboxOutcome::Accepted(None),
            })
            .collect())
    }
}
