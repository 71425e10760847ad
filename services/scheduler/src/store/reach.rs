//! The way to a customer, asked of conversation, which knows who writes to us from where.

use addressing::Phone;
use ids::{ChannelId, ContactId, ConversationId, TenantId};
use sqlx::PgConnection;

use super::Error;
use crate::domain::booking::Recipient;

/// How to write to a number through a channel (id or slug; empty: the only one). None: there is no such channel.
pub async fn by_phone(
    connection: &mut PgConnection,
    tenant: TenantId,
    channel: &str,
    phone: &Phone,
) -> Result<Option<Recipient>, Error> {
    // A printed id is a prefix and the digits that PostgreSQL writes with hyphens.
    let channel =
        channel.parse::<ChannelId>().map_or_else(|_| channel.to_owned(), |id| id.uuid().to_string());
    let row = sqlx::query!(
        r#"select channel_id as "channel_id!", conversation_id as "conversation_id!", contact_id as "contact_id!",
                  to_address as "to_address!"
           from conversation.reach_v1($1, $2, $3)"#,
        tenant.uuid(),
        channel,
        phone.expose(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Recipient {
        channel_id: ChannelId::from_uuid(row.channel_id),
        conversation_id: ConversationId::from_uuid(row.conversation_id),
        contact_id: Some(ContactId::from_uuid(row.contact_id)),
        address: row.to_address,
    }))
}
