//! What the rows say about things that are wrong. Read a few times a minute, by indexes of what is undone, unknown or dead; of
//! what is settled only the last hour is looked at.

use std::{collections::HashMap, time::Duration};

use ids::ChannelId;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::PgPool;
use tracing::warn;
use uuid::Uuid;

use super::{
    channels,
    templates::{self, TemplateRow},
};
use crate::domain::{
    causes,
    provider::ProviderKind,
    templates::{Book, Listed},
    troubles::{ChannelFacts, Failing, Limits, Many},
};

/// Silence is looked for among what was made so many milliseconds before it counts as silent.
const SILENCE: i64 = 30 * 60 * 1000;

/// Every channel with what may be wrong with it. `deadline`: so long without a receipt is silence.
///
/// # Errors
/// Whatever the database says.
pub async fn facts(
    pool: &PgPool,
    limits: &Limits,
    deadline: Duration,
    now: Timestamp,
) -> Result<Vec<ChannelFacts>, sqlx::Error> {
    let channels = channels::overview(pool, None, None).await?;
    let mut unknown = unknown(pool).await?;
    let mut silence =
        silence(pool, now.as_millisecond() - i64::try_from(deadline.as_millis()).unwrap_or_default()).await?;
    let mut stuck = stuck(pool, limits).await?;
    let mut dead = dead(pool, limits).await?;
    let mut books = books(pool).await?;
    Ok(channels
        .into_iter()
        .map(|channel| {
            let id = channel.id.uuid();
            let (silent, sent) = silence.remove(&id).unwrap_or_default();
            let book = books.remove(&id).map(|(kind, book)| book.troubles(kind));
            ChannelFacts {
                closure: channel.door.standing().cloned(),
                deaf: channel.deaf,
                owned: channel.owner.is_some(),
                depth: channel.depth,
                oldest: channel.oldest_at,
                unknown: unknown.remove(&id).unwrap_or_default(),
                silent,
                sent,
                stuck: stuck.remove(&id).unwrap_or_default(),
                dead: dead.remove(&id).unwrap_or_default(),
                templates: book.unwrap_or_default(),
                id: channel.id,
                tenant: channel.tenant_id,
                slug: channel.slug,
            }
        })
        .collect())
}

/// What a day's looking has not settled.
async fn unknown(pool: &PgPool) -> Result<HashMap<Uuid, Many>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select channel_id, count(*) as "count!", min(settled_at) as since
           from delivery.message
           where state = 'unknown' and coalesce(reconcile_until, '-infinity') < clock_timestamp()
             and settled_at > clock_timestamp() - interval '24 hours'
           group by channel_id"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.channel_id, many(row.count, row.since))).collect())
}

/// What was sent of what was made in the half hour before a time (milliseconds since 1970), and how much of it is silent.
async fn silence(pool: &PgPool, made_before: i64) -> Result<HashMap<Uuid, (Many, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.channel_id, count(*) as "sent!",
                  count(*) filter (where m.reason ->> 'cause' = 'no_receipt' and r.rank = 1) as "silent!",
                  min(m.settled_at) filter (where m.reason ->> 'cause' = 'no_receipt' and r.rank = 1) as since
           from delivery.message m
           left join delivery.receipt r
               on m.reason ->> 'cause' = 'no_receipt' and r.channel_id = m.channel_id and r.provider_id = m.provider_id
           -- Ids tell when a message was made, so the primary key finds them.
           where m.id between $1 and $2
             and m.state = 'sent'
           group by m.channel_id"#,
        ids::earliest_at(made_before - SILENCE),
        ids::earliest_at(made_before)
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.channel_id, (many(row.silent, row.since), row.sent))).collect())
}

async fn stuck(pool: &PgPool, limits: &Limits) -> Result<HashMap<Uuid, Vec<Failing>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select channel_id, class, coalesce(reason ->> 'cause', '') as "cause!", max(reason::text)::jsonb as reason,
                  count(*) as "count!", min(first_failed_at) as since
           from delivery.message
           where state in ('queued', 'intended') and tries >= $1
             and first_failed_at < clock_timestamp() - make_interval(secs => $2)
           group by 1, 2, 3 order by 1, 2, 3"#,
        limits.min_retries,
        limits.failure_threshold.as_secs_f64()
    )
    .fetch_all(pool)
    .await?;
    let failing = rows.into_iter().map(|row| {
        let failing = failing(row.class, row.cause, row.reason.as_ref(), many(row.count, row.since));
        (row.channel_id, Failing { next_step: causes::while_queued(&failing.next_step), ..failing })
    });
    Ok(grouped(failing))
}

async fn dead(pool: &PgPool, limits: &Limits) -> Result<HashMap<Uuid, Vec<Failing>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select channel_id, class, coalesce(reason ->> 'cause', '') as "cause!", max(reason::text)::jsonb as reason,
                  count(*) as "count!", min(settled_at) as since
           from delivery.message
           where state in ('dead', 'failed') and resolution is null and (state = 'dead' or judged_at is not null)
             and class = any ($1)
           group by 1, 2, 3 order by 1, 2, 3"#,
        &limits.critical_classes
    )
    .fetch_all(pool)
    .await?;
    let failing = rows.into_iter().map(|row| {
        (row.channel_id, failing(row.class, row.cause, row.reason.as_ref(), many(row.count, row.since)))
    });
    Ok(grouped(failing))
}

/// What the channels with templates know of them.
async fn books(pool: &PgPool) -> Result<HashMap<Uuid, (ProviderKind, Book)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, slug, provider, templates, templates_listed_at is not null as "is_listed!" from delivery.channel
           where templates <> '{}' and provider <> 'evolution'"#
    )
    .fetch_all(pool)
    .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut registered = templates::of_channels(pool, &ids).await?;
    let mut books = HashMap::new();
    for row in rows {
        let (Ok(kind), Ok(parts)) =
            (row.provider.parse::<ProviderKind>(), serde_json::from_value(row.templates))
        else {
            warn!(channel = row.slug, "the channel's templates cannot be read; declare the channel again");
            continue;
        };
        let own = registered.remove(&ChannelId::from_uuid(row.id)).unwrap_or_default();
        let book = Book {
            parts,
            registered: own.into_iter().map(|row: TemplateRow| row.registered).collect(),
            listed: if row.is_listed { Listed::Whole } else { Listed::Never },
        };
        books.insert(row.id, (kind, book));
    }
    Ok(books)
}

fn many(count: i64, since: Option<jiff_sqlx::Timestamp>) -> Many {
    Many { count, since: since.map(jiff_sqlx::Timestamp::to_jiff) }
}

fn failing(class: String, cause: String, reason: Option<&Value>, many: Many) -> Failing {
    let said = |field: &str| {
        reason.and_then(|reason| reason.get(field)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Failing {
        class,
        cause,
        words: said("cause_text"),
        owner: said("owner"),
        next_step: said("next_step"),
        many,
    }
}

fn grouped(failing: impl Iterator<Item = (Uuid, Failing)>) -> HashMap<Uuid, Vec<Failing>> {
    let mut by_channel: HashMap<Uuid, Vec<Failing>> = HashMap::new();
    for (channel, failing) in failing {
        by_channel.entry(channel).or_default().push(failing);
    }
    by_channel
}
