//! `delivery.campaign` and its recipients.

use ids::{CampaignId, ChannelId, MessageId, TenantId};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::PgPool;

use crate::campaigns::Wish;

/// A campaign without what it says.
#[derive(Clone, Debug)]
pub struct CampaignRow {
    /// Its id.
    pub id: CampaignId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The channel it goes through.
    pub channel_id: ChannelId,
    /// Its name.
    pub name: String,
    /// draft, running, paused, done, cancelled.
    pub state: String,
    /// How many get it.
    pub recipients: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When nothing was left to do.
    pub ended_at: Option<Timestamp>,
    /// Not begun before.
    pub not_before: Option<Timestamp>,
}

/// One recipient.
#[derive(Clone, Debug)]
pub struct RecipientRow {
    /// Its place, from 1.
    pub n: i32,
    /// Where its row stood.
    pub line: i32,
    /// The number. Never logged.
    pub phone: String,
    /// Where it stands.
    pub outcome: String,
    /// Why: cause, cause_text.
    pub reason: Option<Value>,
    /// Its message.
    pub message_id: Option<MessageId>,
}

/// Keeps a campaign as a draft. `false`: the tenant has one of that name.
///
/// # Errors
/// Whatever the database says.
pub async fn create(pool: &PgPool, campaign: Value, recipients: Value) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select delivery.create_campaign($1, $2) as "kept!""#, campaign, recipients)
        .fetch_one(pool)
        .await
}

/// Does what is wished if the state allows it. Answers with the state it was in; `None`: there is no such campaign.
///
/// # Errors
/// Whatever the database says.
pub async fn change(pool: &PgPool, id: CampaignId, wish: Wish) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select delivery.move_campaign($1, $2)", id.uuid(), wish.as_str())
        .fetch_one(pool)
        .await
}

/// Running campaigns, oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn running(pool: &PgPool) -> Result<Vec<CampaignId>, sqlx::Error> {
    let ids = sqlx::query_scalar!("select id from delivery.campaign where state = 'running' order by id");
    Ok(ids.fetch_all(pool).await?.into_iter().map(CampaignId::from_uuid).collect())
}

/// Hands over the next recipients of a running campaign, as far as there is room. Answers with how many.
///
/// # Errors
/// Whatever the database says; then nobody was handed over.
pub async fn feed(pool: &PgPool, id: CampaignId) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(r#"select delivery.feed_campaign($1) as "many!""#, id.uuid()).fetch_one(pool).await
}

/// One campaign.
///
/// # Errors
/// Whatever the database says.
pub async fn one(pool: &PgPool, id: CampaignId) -> Result<Option<CampaignRow>, sqlx::Error> {
    Ok(select(pool, Some(id), None, None, 1).await?.pop())
}

/// Campaigns of a tenant, newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    pool: &PgPool,
    tenant: TenantId,
    before: Option<CampaignId>,
    most: i64,
) -> Result<Vec<CampaignRow>, sqlx::Error> {
    select(pool, None, Some(tenant), before, most).await
}

async fn select(
    pool: &PgPool,
    id: Option<CampaignId>,
    tenant: Option<TenantId>,
    before: Option<CampaignId>,
    most: i64,
) -> Result<Vec<CampaignRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.tenant_id, c.channel_id, c.name, c.state, c.created_at, c.started_at, c.ended_at,
                  nullif(c.not_before, '-infinity') as not_before,
                  (select coalesce(max(r.n), 0) from delivery.campaign_recipient r where r.campaign_id = c.id)::bigint
                      as "recipients!"
           from delivery.campaign c
           where ($1::uuid is null or c.id = $1) and ($2::uuid is null or c.tenant_id = $2) and ($3::uuid is null or c.id < $3)
           order by c.id desc limit $4"#,
        id.map(|id| id.uuid()),
        tenant.map(|id| id.uuid()),
        before.map(|id| id.uuid()),
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CampaignRow {
            id: CampaignId::from_uuid(row.id),
            tenant_id: TenantId::from_uuid(row.tenant_id),
            channel_id: ChannelId::from_uuid(row.channel_id),
            name: row.name,
            state: row.state,
            recipients: row.recipients,
            created_at: row.created_at.to_jiff(),
            started_at: row.started_at.map(jiff_sqlx::Timestamp::to_jiff),
            ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
            not_before: row.not_before.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// How many recipients stand where.
///
/// # Errors
/// Whatever the database says.
pub async fn outcomes(pool: &PgPool, id: CampaignId) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select outcome as "outcome!", count(*) as "many!" from delivery.campaign_outcomes($1) group by 1"#,
        id.uuid()
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows.into_iter().map(|row| (row.outcome, row.many)).collect())
}

/// Recipients in their order, after the given place.
///
/// # Errors
/// Whatever the database says.
pub async fn recipients(
    pool: &PgPool,
    id: CampaignId,
    outcome: Option<&str>,
    after: i32,
    most: i64,
) -> Result<Vec<RecipientRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.n, r.line, r.phone, r.message_id, o.outcome as "outcome!", o.reason as "reason?"
           from delivery.campaign_outcomes($1) o
           join delivery.campaign_recipient r on r.campaign_id = $1 and r.n = o.n
           where r.n > $2 and ($3::text is null or o.outcome = $3)
           order by r.n limit $4"#,
        id.uuid(),
        after,
        outcome,
        most
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RecipientRow {
            n: row.n,
            line: row.line,
            phone: row.phone,
            outcome: row.outcome,
            reason: row.reason,
            message_id: row.message_id.map(MessageId::from_uuid),
        })
        .collect())
}
