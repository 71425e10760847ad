//! What the rows say about conversations that do not go on. Read a few times a minute.

use ids::{ChannelId, ConversationId, TenantId};
use sqlx::PgPool;

use crate::domain::troubles::{Facts, Limits, Waiting};

/// Everything that may be wrong.
///
/// # Errors
/// Whatever the database says.
pub async fn facts(pool: &PgPool, limits: &Limits) -> Result<Facts, sqlx::Error> {
    let stuck = sqlx::query!(
        r#"select count(*) as "count!", min(oldest_at) as since, (array_agg(key order by oldest_at))[1] as example
           from conversation.undone_keys
           where oldest_at < clock_timestamp() - make_interval(secs => $1)"#,
        limits.stuck_after.as_secs_f64()
    )
    .fetch_one(pool)
    .await?;
    Ok(Facts {
        stuck: stuck.count,
        stuck_since: stuck.since.map(jiff_sqlx::Timestamp::to_jiff),
        stuck_example: stuck.example.map(ConversationId::from_uuid),
        waiting: waiting(pool, limits).await?,
    })
}

async fn waiting(pool: &PgPool, limits: &Limits) -> Result<Vec<Waiting>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.tenant_id, c.slug, count(*) as "count!", min(s.since) as "since!"
           from conversation.conversation v
           join conversation.channel c on c.id = v.channel_id
           cross join lateral (
               select coalesce(max(t.at) filter (where t.entity = 'conversation' and t.to_state = 'waiting_human'),
                               v.created_at) as since
               from conversation.transition t where t.conversation_id = v.id) s
           where v.owned_by = 'waiting_human' and s.since < clock_timestamp() - make_interval(secs => $1)
           group by c.id order by c.slug"#,
        limits.person_within.as_secs_f64()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Waiting {
            channel: ChannelId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            slug: row.slug,
            count: row.count,
            since: row.since.to_jiff(),
        })
        .collect())
}
