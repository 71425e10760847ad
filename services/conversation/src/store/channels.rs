//! `conversation.channel`, its copies with the services that work with it, and who changed what.

use std::collections::BTreeMap;
use std::time::Duration;

use ids::{ChannelId, TenantId};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::{Timestamp as Stamp, ToSqlx};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

/// What `managed_by` says of a channel that the bootstrap file declares …
pub const FILE: &str = "file";
/// … and of one that operators look after.
pub const OPERATORS: &str = "operators";

/// A channel.
#[derive(Clone, Debug)]
pub struct ChannelRow {
    /// Its id.
    pub id: ChannelId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its name.
    pub slug: String,
    /// evolution, meta or twilio.
    pub provider: String,
    /// Its account: texts by name.
    pub account: BTreeMap<String, String>,
    /// References to its secrets.
    pub secrets: BTreeMap<String, String>,
    /// The number itself.
    pub own_address: Option<String>,
    /// How customers cancel.
    pub cancel_word: String,
    /// Where its rates come from.
    pub preset: Option<String>,
    /// Messages per second.
    pub tokens_per_second: f64,
    /// Messages at once.
    pub bucket_capacity: i32,
    /// Which template plays which part.
    pub templates: Value,
    /// Its own hours in which nothing but direct answers is sent: from, until, time_zone.
    pub quiet_hours: Option<Value>,
    /// Since when its number is new.
    pub new_since: Option<Date>,
    /// How often a canary is sent while nothing comes; zero: never.
    pub canary_every: Option<Duration>,
    /// [`FILE`] or [`OPERATORS`].
    pub managed_by: String,
    /// Since when it is off.
    pub disabled_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

struct Raw {
    id: Uuid,
    tenant_id: Uuid,
    slug: String,
    provider: String,
    account: Json<BTreeMap<String, String>>,
    secrets: Json<BTreeMap<String, String>>,
    own_address: Option<String>,
    cancel_word: String,
    preset: Option<String>,
    tokens_per_second: f64,
    bucket_capacity: i32,
    templates: Value,
    quiet_hours: Option<Value>,
    new_since: Option<jiff_sqlx::Date>,
    canary_every: Option<f64>,
    managed_by: String,
    disabled_at: Option<Stamp>,
    updated_at: Stamp,
}

impl From<Raw> for ChannelRow {
    fn from(raw: Raw) -> Self {
        Self {
            id: ChannelId::from_uuid(raw.id),
            tenant_id: TenantId::from_uuid(raw.tenant_id),
            slug: raw.slug,
            provider: raw.provider,
            account: raw.account.0,
            secrets: raw.secrets.0,
            own_address: raw.own_address,
            cancel_word: raw.cancel_word,
            preset: raw.preset,
            tokens_per_second: raw.tokens_per_second,
            bucket_capacity: raw.bucket_capacity,
            templates: raw.templates,
            quiet_hours: raw.quiet_hours,
            new_since: raw.new_since.map(jiff_sqlx::Date::to_jiff),
            canary_every: raw.canary_every.and_then(|every| Duration::try_from_secs_f64(every).ok()),
            managed_by: raw.managed_by,
            disabled_at: raw.disabled_at.map(Stamp::to_jiff),
            updated_at: raw.updated_at.to_jiff(),
        }
    }
}

/// Channels by slug: one, those of a tenant, or all. For people who look, so planned as a whole.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    id: Option<ChannelId>,
    tenant: Option<TenantId>,
) -> Result<Vec<ChannelRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Raw,
        r#"select id, tenant_id, slug, provider, account as "account: Json<BTreeMap<String, String>>",
                  secrets as "secrets: Json<BTreeMap<String, String>>", own_address, cancel_word, preset,
                  tokens_per_second, bucket_capacity, templates, quiet_hours,
                  new_since as "new_since: jiff_sqlx::Date", canary_every, managed_by, disabled_at, updated_at
           from conversation.channel
           where ($1::uuid is null or id = $1) and ($2::uuid is null or tenant_id = $2)
           order by slug"#,
        id.map(|id| id.uuid()),
        tenant.map(|id| id.uuid())
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows.into_iter().map(ChannelRow::from).collect())
}

/// One channel, which nobody else changes until this transaction ends; also if there is none yet.
///
/// # Errors
/// Whatever the database says.
pub async fn lock(tx: &mut PgConnection, id: ChannelId) -> Result<Option<ChannelRow>, sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))", id.uuid())
        .fetch_one(&mut *tx)
        .await?;
    let row = sqlx::query_as!(
        Raw,
        r#"select id, tenant_id, slug, provider, account as "account: Json<BTreeMap<String, String>>",
                  secrets as "secrets: Json<BTreeMap<String, String>>", own_address, cancel_word, preset,
                  tokens_per_second, bucket_capacity, templates, quiet_hours,
                  new_since as "new_since: jiff_sqlx::Date", canary_every, managed_by, disabled_at, updated_at
           from conversation.channel where id = $1 for update"#,
        id.uuid()
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(ChannelRow::from))
}

/// What all channels of a business have in common.
#[derive(Clone, Debug)]
pub struct House {
    /// Where its hours are local: an IANA name.
    pub time_zone: String,
    /// The quiet hours of channels that have none of their own: from, until.
    pub quiet_hours: Option<Value>,
}

/// What all channels of a business have in common. None: there is no such business.
///
/// # Errors
/// Whatever the database says.
pub async fn house(tx: &mut PgConnection, tenant: TenantId) -> Result<Option<House>, sqlx::Error> {
    sqlx::query_as!(
        House,
        "select time_zone, quiet_hours from conversation.tenant where id = $1",
        tenant.uuid()
    )
    .fetch_optional(tx)
    .await
}

/// The channels of a business that operators look after.
///
/// # Errors
/// Whatever the database says.
pub async fn of_operators(tx: &mut PgConnection, tenant: TenantId) -> Result<Vec<ChannelId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from conversation.channel where tenant_id = $1 and managed_by = 'operators' order by id",
        tenant.uuid()
    );
    Ok(ids.fetch_all(tx).await?.into_iter().map(ChannelId::from_uuid).collect())
}

/// Writes a channel here, and hands it to the services that work with it, in the same transaction. Nothing changes when
/// nothing differs. What it does not say of quiet hours is said by the business: kept apart here, so that it can follow.
///
/// # Errors
/// Whatever the database says.
pub async fn put(
    tx: &mut PgConnection,
    tenant: TenantId,
    channel: &bootstrap::Channel,
    house: &House,
    managed_by: &'static str,
    disabled: bool,
) -> Result<(), sqlx::Error> {
    let channel = channel.clone().in_zone(&house.time_zone);
    sqlx::query!(
        "insert into conversation.channel as c (id, tenant_id, slug, provider, own_address, cancel_word, account, secrets, preset,
                                                tokens_per_second, bucket_capacity, managed_by, disabled_at, templates, quiet_hours,
                                                new_since, canary_every)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, case when $13 then clock_timestamp() end, $14, $15, $16, $17)
         on conflict (id) do update
         set slug = excluded.slug, provider = excluded.provider, own_address = excluded.own_address,
             cancel_word = excluded.cancel_word, account = excluded.account, secrets = excluded.secrets,
             preset = excluded.preset, tokens_per_second = excluded.tokens_per_second,
             bucket_capacity = excluded.bucket_capacity, managed_by = excluded.managed_by, templates = excluded.templates,
             quiet_hours = excluded.quiet_hours, new_since = excluded.new_since, canary_every = excluded.canary_every,
             disabled_at = case when $13 then coalesce(c.disabled_at, excluded.disabled_at) end,
             updated_at = clock_timestamp()
         where (c.slug, c.provider, c.own_address, c.cancel_word, c.account, c.secrets, c.preset, c.tokens_per_second,
                c.bucket_capacity, c.managed_by, c.templates, c.quiet_hours, c.new_since, c.canary_every, c.disabled_at is not null)
               is distinct from
               (excluded.slug, excluded.provider, excluded.own_address, excluded.cancel_word, excluded.account,
                excluded.secrets, excluded.preset, excluded.tokens_per_second, excluded.bucket_capacity,
                excluded.managed_by, excluded.templates, excluded.quiet_hours, excluded.new_since, excluded.canary_every, $13)",
        channel.id.uuid(),
        tenant.uuid(),
        channel.slug,
        channel.provider,
        channel.own_address,
        channel.cancel_word,
        channel.account,
        json!(channel.secrets),
        channel.preset,
        channel.tokens_per_second,
        i32::try_from(channel.bucket_capacity).unwrap_or(i32::MAX),
        managed_by,
        disabled,
        channel.templates,
        channel.quiet_hours,
        channel.new_since.map(|day| day.to_sqlx()) as Option<jiff_sqlx::Date>,
        channel.canary_every.map(|every| every.as_secs_f64()),
    )
    .execute(&mut *tx)
    .await?;
    let wire = wire(tenant, &channel, house, disabled);
    sqlx::query!("select delivery.put_channel_v1($1)", wire).fetch_one(&mut *tx).await?;
    sqlx::query!("select ingest.put_channel_v1($1)", wire).fetch_one(&mut *tx).await?;
    if managed_by == OPERATORS {
        // The scheduler reads the file itself.
        sqlx::query!("select scheduler.put_channel_word_v1($1, $2)", channel.id.uuid(), channel.cancel_word)
            .fetch_one(&mut *tx)
            .await?;
    }
    Ok(())
}

/// A channel as `ingest.put_channel_v1` and `delivery.put_channel_v1` take it.
fn wire(tenant: TenantId, channel: &bootstrap::Channel, house: &House, disabled: bool) -> Value {
    let of_house = || {
        let mut hours = house.quiet_hours.clone()?;
        hours["time_zone"] = house.time_zone.as_str().into();
        Some(hours)
    };
    json!({
        "id": channel.id, "tenant_id": tenant, "slug": channel.slug, "provider": channel.provider,
        "account": channel.account, "own_address": channel.own_address, "secrets": channel.secrets,
        "tokens_per_second": channel.tokens_per_second, "bucket_capacity": channel.bucket_capacity,
        "templates": channel.templates, "quiet_hours": channel.quiet_hours.clone().or_else(of_house),
        "new_since": channel.new_since, "canary_every": channel.canary_every.map(|every| every.as_secs_f64()),
        "disabled": disabled,
    })
}

/// Channels that the file declared and no longer does are the operators' from now on.
///
/// # Errors
/// Whatever the database says.
pub async fn release(tx: &mut PgConnection, declared: &[Uuid]) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update conversation.channel set managed_by = 'operators', updated_at = clock_timestamp()
         where managed_by = 'file' and id <> all ($1)",
        declared
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// How many messages of a channel are not settled yet.
///
/// # Errors
/// Whatever the database says.
pub async fn waiting(tx: &mut PgConnection, id: ChannelId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select delivery.waiting_v1($1) as "waiting!""#, id.uuid()).fetch_one(tx).await
}

/// When webhooks were last proven by a secret that is being replaced, by name.
///
/// # Errors
/// Whatever the database says.
pub async fn door_notes(pool: &PgPool, id: ChannelId) -> Result<BTreeMap<String, Timestamp>, sqlx::Error> {
    let notes =
        sqlx::query!(r#"select what as "what!", at as "at!" from ingest.door_notes_v1($1)"#, id.uuid())
            .fetch_all(pool)
            .await?;
    Ok(notes.into_iter().map(|note| (note.what, note.at.to_jiff())).collect())
}

/// Something that was done to a channel.
#[derive(Clone, Debug)]
pub struct Change {
    /// created, updated, disabled, enabled, rotated or retired.
    pub what: String,
    /// By whose token.
    pub by_role: String,
    /// Names of fields.
    pub fields: Vec<String>,
    /// The id of the call.
    pub correlation_id: Uuid,
    /// When.
    pub at: Timestamp,
}

/// Notes a change, in the transaction that makes it.
///
/// # Errors
/// Whatever the database says.
pub async fn note(
    tx: &mut PgConnection,
    id: ChannelId,
    what: &'static str,
    by_role: &str,
    fields: &[String],
    correlation_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into conversation.channel_change (channel_id, what, by_role, fields, correlation_id)
         values ($1, $2, $3, $4, $5)",
        id.uuid(),
        what,
        by_role,
        fields,
        correlation_id
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What was done to a channel, the newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn changes(pool: &PgPool, id: ChannelId) -> Result<Vec<Change>, sqlx::Error> {
    let rows = sqlx::query!(
        "select what, by_role, fields, correlation_id, at
         from conversation.channel_change where channel_id = $1 order by id desc limit 50",
        id.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Change {
            what: row.what,
            by_role: row.by_role,
            fields: row.fields,
            correlation_id: row.correlation_id,
            at: row.at.to_jiff(),
        })
        .collect())
}
