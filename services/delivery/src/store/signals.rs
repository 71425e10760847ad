//! Signs to customers that are no messages.

use ids::{ChannelId, InstanceId};
use sqlx::PgPool;

use crate::providers::Signal;

/// Takes what is to be signalled through channels this instance owns. What nobody took within 20 s is dropped: late, it
/// would mislead.
///
/// # Errors
/// Whatever the database says.
pub async fn take(pool: &PgPool, me: InstanceId) -> Result<Vec<(ChannelId, Signal)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"delete from delivery.signal s using delivery.work w where w.key = s.channel_id and w.owner = $1
           returning s.channel_id, s.kind, s.to_address, s.provider_id,
                     s.at > clock_timestamp() - interval '20 seconds' as "is_fresh!""#,
        me.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.is_fresh)
        .filter_map(|row| {
            let kind = row.kind.parse().ok()?;
            let signal = Signal { kind, to: row.to_address, provider_id: row.provider_id };
            Some((ChannelId::from_uuid(row.channel_id), signal))
        })
        .collect())
}
