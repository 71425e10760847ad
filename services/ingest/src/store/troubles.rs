//! What the rows say about webhooks that were not handed on, and doors at which somebody was refused.

use ids::{ChannelId, TenantId};
use sqlx::PgPool;

use crate::domain::troubles::{DoorFacts, Facts, Quarantined, Refused, RepairFacts, Usual};

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
        r#"select c.id, c.tenant_id, c.slug, r.minutes as "minutes!", r.first_at as "first_at!: jiff_sqlx::Timestamp",
                  r.last_at as "last_at!: jiff_sqlx::Timestamp", t.last_event_at as "heard_at?: jiff_sqlx::Timestamp",
                  k.weeks as "weeks!", b.busy as "busy!"
           from ingest.channel c
           left join ingest.traffic t on t.channel_id = c.id
           -- Since anything was proven.
           join lateral (select count(*) as minutes, min(d.minute) as first_at, max(d.minute) as last_at
                         from ingest.door_refused d
                         where d.channel_id = c.id and d.minute > coalesce(t.last_event_at, '-infinity')
                         having count(*) > 0) r on true
           -- So many weeks are known …
           cross join lateral (select least(4, coalesce(floor(extract(epoch from r.first_at - min(h.hour)) / 604800), 0))::int as weeks
                               from ingest.traffic_hour h where h.channel_id = c.id) k
           -- … and in the same stretch of each, so many five minutes in all brought a customer's message.
           cross join lateral (select count(*) as busy
                               from generate_series(1, k.weeks) w
                               join ingest.traffic_hour h on h.channel_id = c.id
                                   and h.hour > r.first_at - w * interval '7 days' - interval '1 hour'
                                   and h.hour < now() - w * interval '7 days'
                               cross join generate_series(0, 11) s
                               where (h.slots >> s) & 1 = 1
                                 and h.hour + s * interval '5 minutes' between r.first_at - w * interval '7 days'
                                                                           and now() - w * interval '7 days') b
           where not c.disabled and exists (select from ingest.door_refused d where d.channel_id = c.id)
           order by c.slug"#
    )
    .map(|row| DoorFacts {
        channel: ChannelId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        slug: row.slug,
        refused: Refused {
            minutes: row.minutes,
            first_at: row.first_at.to_jiff(),
            last_at: row.last_at.to_jiff(),
        },
        usual: Usual { weeks: row.weeks, busy: row.busy },
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
