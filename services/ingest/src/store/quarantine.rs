//! `ingest.quarantine`.

use ids::{ChannelId, QuarantineId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;

/// A payload on its way into quarantine. The body is scrubbed already.
#[derive(Debug)]
pub struct New {
    /// Its id, unless the same payload is there already.
    pub id: QuarantineId,
    /// When it came.
    pub received_at: Timestamp,
    /// From whom.
    pub provider: &'static str,
    /// Whose it is, if that is known.
    pub channel_id: Option<ChannelId>,
    /// What the address named.
    pub channel_slug: Option<String>,
    /// Our own reference in the address.
    pub client_ref: Option<String>,
    /// A stable name for the cause.
    pub reason: &'static str,
    /// The cause in words.
    pub detail: String,
    /// Headers without secrets, as JSON.
    pub headers: serde_json::Value,
    /// The raw bytes.
    pub body: Vec<u8>,
    /// Of everything that makes it the same payload.
    pub digest: [u8; 32],
}

/// A payload in quarantine.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its id.
    pub id: QuarantineId,
    /// When it first came.
    pub received_at: Timestamp,
    /// From whom.
    pub provider: String,
    /// Whose it is.
    pub channel_id: Option<ChannelId>,
    /// What the address named.
    pub channel_slug: Option<String>,
    /// Our own reference in the address.
    pub client_ref: Option<String>,
    /// A stable name for the cause.
    pub reason: String,
    /// The cause in words.
    pub detail: String,
    /// Length of the body in bytes.
    pub bytes: i64,
    /// How often it came.
    pub seen: i32,
    /// When it came last.
    pub seen_at: Timestamp,
    /// When it was handed on after all.
    pub replayed_at: Option<Timestamp>,
}

/// Which payloads to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only from this provider.
    pub provider: Option<String>,
    /// Only for this cause.
    pub reason: Option<String>,
    /// Also those handed on since.
    pub replayed_too: bool,
    /// Only those that came before this one.
    pub before: Option<QuarantineId>,
}

/// Keeps a payload; one that is there already is counted again.
pub async fn put(pool: &PgPool, new: &New) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ingest.quarantine as q
             (id, received_at, provider, channel_id, channel_slug, client_ref, reason, detail, headers, body, digest, seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $2)
         on conflict (digest) do update
         set seen = q.seen + 1, seen_at = excluded.seen_at, detail = excluded.detail, replayed_at = null",
        new.id.uuid(),
        new.received_at.to_sqlx() as _,
        new.provider,
        new.channel_id.map(ChannelId::uuid),
        new.channel_slug,
        new.client_ref,
        new.reason,
        new.detail,
        new.headers,
        new.body,
        &new.digest[..],
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Payloads, newest first.
pub async fn list(pool: &PgPool, filter: &Filter, most: i64) -> Result<Vec<Kept>, sqlx::Error> {
    sqlx::query!(
        r#"select id, received_at as "received_at: jiff_sqlx::Timestamp", provider, channel_id, channel_slug, client_ref,
                  reason, detail, octet_length(body)::bigint as "bytes!", seen,
                  seen_at as "seen_at: jiff_sqlx::Timestamp", replayed_at as "replayed_at: jiff_sqlx::Timestamp"
           from ingest.quarantine
           where ($1::text is null or provider = $1) and ($2::text is null or reason = $2)
             and ($3 or replayed_at is null) and ($4::uuid is null or id < $4)
           order by id desc limit $5"#,
        filter.provider,
        filter.reason,
        filter.replayed_too,
        filter.before.map(QuarantineId::uuid),
        most,
    )
    .map(|row| Kept {
        id: QuarantineId::from_uuid(row.id),
        received_at: row.received_at.to_jiff(),
        provider: row.provider,
        channel_id: row.channel_id.map(ChannelId::from_uuid),
        channel_slug: row.channel_slug,
        client_ref: row.client_ref,
        reason: row.reason,
        detail: row.detail,
        bytes: row.bytes,
        seen: row.seen,
        seen_at: row.seen_at.to_jiff(),
        replayed_at: row.replayed_at.map(jiff_sqlx::Timestamp::to_jiff),
    })
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await
}

/// One payload with its body and its headers as JSON.
pub async fn get(pool: &PgPool, id: QuarantineId) -> Result<Option<(Kept, Vec<u8>, String)>, sqlx::Error> {
    sqlx::query!(
        r#"select id, received_at as "received_at: jiff_sqlx::Timestamp", provider, channel_id, channel_slug, client_ref,
                  reason, detail, seen, seen_at as "seen_at: jiff_sqlx::Timestamp",
                  replayed_at as "replayed_at: jiff_sqlx::Timestamp", body, headers::text as "headers!"
           from ingest.quarantine where id = $1"#,
        id.uuid(),
    )
    .map(|row| {
        let kept = Kept {
            id: QuarantineId::from_uuid(row.id),
            received_at: row.received_at.to_jiff(),
            provider: row.provider,
            channel_id: row.channel_id.map(ChannelId::from_uuid),
            channel_slug: row.channel_slug,
            client_ref: row.client_ref,
            reason: row.reason,
            detail: row.detail,
            bytes: i64::try_from(row.body.len()).unwrap_or(i64::MAX),
            seen: row.seen,
            seen_at: row.seen_at.to_jiff(),
            replayed_at: row.replayed_at.map(jiff_sqlx::Timestamp::to_jiff),
        };
        (kept, row.body, row.headers)
    })
    .fetch_optional(pool)
    .await
}

/// Notes that everything in a payload has been handed on.
pub async fn mark_replayed(pool: &PgPool, id: QuarantineId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update ingest.quarantine set replayed_at = coalesce(replayed_at, now()) where id = $1",
        id.uuid()
    )
    .execute(pool)
    .await
    .map(drop)
}

/// How many payloads wait, by cause.
pub async fn waiting(pool: &PgPool) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query!(
        r#"select reason, count(*) as "count!" from ingest.quarantine where replayed_at is null group by 1 order by 1"#
    )
    .map(|row| (row.reason, row.count))
    .fetch_all(pool)
    .await
}

/// Removes what came last before `before`, at most `most` rows. Returns how many.
pub async fn forget(pool: &PgPool, before: Timestamp, most: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from ingest.quarantine where id in
             (select id from ingest.quarantine where seen_at < $1 order by seen_at limit $2)",
        before.to_sqlx() as _,
        most,
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
