//! What the rows say about webhooks that were not handed on, and doors at which somebody was refused.

use ids::{ChannelId, TenantId};
use sqlx::PgPool;

use crate::domain::troubles::{DoorFacts, Facts, Quarantined, RepairFacts};

/// Everything the rows know.
pub async fn facts(pool: &PgPool) -> Result<Facts, sqlx::Error> {
    let quarantined = sqlx::query!(
        r#"select reason, count(*) as "count!", min(seen_at) as "since!: jiff_sqlx::Timestamp" from ingest.quarantine
           where replayed_at is null and seen_at > now() - interval '1 hour' group by reason order by reason"#
    )
    .map(|row| Quarantined { reason: row.reason, count: row.count, since: row.since.to_jiff() })
    .fetch_all(pool)
    .await?;
    let doors = sqlx::query!(
        r#"select c.id, c.tenant_id, c.slug, n.at as "at: jiff_sqlx::Timestamp",
                  t.last_event_at as "heard_at?: jiff_sqlx::Timestamp"
           from ingest.door_note n join ingest.channel c on c.id = n.channel_id and not c.disabled
           left join ingest.traffic t on t.channel_id = c.id
           where n.what = 'refused' and n.at > now() - interval '1 hour' order by c.slug"#
    )
    .map(|row| DoorFacts {
        channel: ChannelId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        slug: row.slug,
        refused_at: row.at.to_jiff(),
        heard_at: row.heard_at.map(jiff_sqlx::Timestamp::to_jiff),
    })
    .fetch_all(pool)
    .await?;
    // A later repair of the channel that is done has made up for it.
    let repairs = sqlx::query!(
        r#"select c.id, c.tenant_id, c.slug, max(r.finished_at) as "failed_at!: jiff_sqlx::Timestamp"
           from ingest.repair r join ingest.channel c on c.id = r.channel_id
           where r.state = 'failed' and r.created_at > now() - interval '2 days'
             and r.finished_at > now() - interval '24 hours'
             and not exists (select from ingest.repair d where d.channel_id = r.channel_id and d.state <> 'failed'
                                                           and d.created_at > r.created_at)
           group by c.id order by c.slug"#
    )
    .map(|row| RepairFacts {
        channel: ChannelId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        slug: row.slug,
        failed_at: row.failed_at.to_jiff(),
    })
    .fetch_all(pool)
    .await?;
    Ok(Facts { quarantined, doors, repairs, ..Facts::default() })
}
