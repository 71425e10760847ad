//! First contacts: messages that begin a conversation.

use ids::ChannelId;
use sqlx::PgPool;
use uuid::Uuid;

/// How many conversations a channel began in the last 24 hours, and which of these messages would begin one.
///
/// # Errors
/// Whatever the database says.
pub async fn first_contacts(
    pool: &PgPool,
    channel: ChannelId,
    messages: &[Uuid],
) -> Result<(i64, Vec<Uuid>), sqlx::Error> {
    let row = sqlx::query!(
        r#"select begun as "begun!", cold as "cold!" from delivery.first_contacts($1, $2)"#,
        channel.uuid(),
        messages
    )
    .fetch_one(pool)
    .await?;
    Ok((row.begun, row.cold))
}
