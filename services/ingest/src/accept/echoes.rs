//! `delivery.record_echo_v1`: is a message of the account one that we sent?

use sqlx::PgPool;
use uuid::Uuid;

use super::{Call, CallError};

/// A message of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// Where it appeared.
    pub channel_id: Uuid,
    /// The provider's id of it.
    pub provider_id: String,
    /// Every spelling of the recipient under which it may have been sent.
    pub recipients: Vec<String>,
    /// Of its text, in hexadecimal.
    pub text_sha256: String,
}

/// The function.
#[derive(Debug)]
pub struct Echoes {
    /// Connections for what goes to delivery.
    pub pool: PgPool,
}

impl Call for Echoes {
    type Item = Echo;
    /// Whether it is ours.
    type Outcome = bool;
    const NAME: &'static str = "echoes";

    async fn call(&self, items: &[&Echo]) -> Result<Vec<bool>, CallError> {
        let channels: Vec<Uuid> = items.iter().map(|echo| echo.channel_id).collect();
        let ids: Vec<String> = items.iter().map(|echo| echo.provider_id.clone()).collect();
        // Arrays of arrays must be rectangular in SQL; no spelling contains a line break.
        let recipients: Vec<String> = items.iter().map(|echo| echo.recipients.join("\n")).collect();
        let texts: Vec<String> = items.iter().map(|echo| echo.text_sha256.clone()).collect();
        let ours = sqlx::query_scalar!(
            r#"select delivery.record_echo_v1(e.channel_id, e.provider_id, string_to_array(e.recipients, e'\n'), e.text) as "ours!"
               from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
                    with ordinality e (channel_id, provider_id, recipients, text, ord)
               order by e.ord"#,
            &channels,
            &ids,
            &recipients,
            &texts,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ours)
    }
}
