//! Tenants, their channels, the versions of their agents.

use ids::{ChannelId, TenantId};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// A business.
#[derive(Clone, Debug)]
pub struct TenantRow {
    /// Its id.
    pub id: TenantId,
    /// Name in the bootstrap file.
    pub slug: String,
    /// Name shown to customers.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// Language tag.
    pub language: String,
    /// Number customers can call.
    pub phone: Option<String>,
    /// Whom to call in an emergency.
    pub emergency_number: Option<String>,
    /// What a turn may show and link to.
    pub settings: Value,
    /// When nothing but direct answers is sent: from, until.
    pub quiet_hours: Option<Value>,
}

/// The newest version of a tenant's agent.
#[derive(Clone, Debug)]
pub struct AgentRow {
    /// The version.
    pub id: Uuid,
    /// Prompt, model, limits.
    pub definition: Value,
}

/// A tenant with the newest version of its agent, if it has one.
///
/// # Errors
/// Whatever the database says.
pub async fn get(pool: &PgPool, id: TenantId) -> Result<Option<(TenantRow, Option<AgentRow>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select t.id, t.slug, t.name, t.time_zone, t.language, t.phone, t.emergency_number, t.settings, t.quiet_hours,
                  a.id as "agent_id?", a.definition as "definition?"
           from conversation.tenant t
           left join lateral (select a.id, a.definition from conversation.agent_version a where a.tenant_id = t.id
                              order by a.created_at desc, a.id desc limit 1) a on true
           where t.id = $1"#,
        id.uuid()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| {
        let agent = row.agent_id.zip(row.definition).map(|(id, definition)| AgentRow { id, definition });
        let tenant = TenantRow {
            id,
            slug: row.slug,
            name: row.name,
            time_zone: row.time_zone,
            language: row.language,
            phone: row.phone,
            emergency_number: row.emergency_number,
            settings: row.settings,
            quiet_hours: row.quiet_hours,
        };
        (tenant, agent)
    }))
}

/// Writes a tenant. Nothing changes when nothing differs; says whether it did.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut PgConnection, tenant: &TenantRow) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into conversation.tenant as t (id, slug, name, time_zone, language, phone, emergency_number, settings, quiet_hours)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (id) do update
         set slug = excluded.slug, name = excluded.name, time_zone = excluded.time_zone, language = excluded.language,
             phone = excluded.phone, emergency_number = excluded.emergency_number, settings = excluded.settings,
             quiet_hours = excluded.quiet_hours, updated_at = clock_timestamp()
         where (t.slug, t.name, t.time_zone, t.language, t.phone, t.emergency_number, t.settings, t.quiet_hours)
               is distinct from
               (excluded.slug, excluded.name, excluded.time_zone, excluded.language, excluded.phone,
                excluded.emergency_number, excluded.settings, excluded.quiet_hours)",
        tenant.id.uuid(),
        tenant.slug,
        tenant.name,
        tenant.time_zone,
        tenant.language,
        tenant.phone,
        tenant.emergency_number,
        tenant.settings,
        tenant.quiet_hours
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Makes a new version of an agent, unless the newest one is just so.
///
/// # Errors
/// Whatever the database says.
pub async fn put_agent(
    tx: &mut PgConnection,
    tenant: TenantId,
    agent: &str,
    definition: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into conversation.agent_version (tenant_id, agent, version, definition)
         select $1, $2, coalesce(max(a.version), 0) + 1, $3
         from conversation.agent_version a where a.tenant_id = $1 and a.agent = $2
         having not coalesce((array_agg(a.definition order by a.version desc))[1] = $3, false)",
        tenant.uuid(),
        agent,
        definition
    )
    .execute(&mut *tx)
    .await?;
    // The tenant's version is what caches go by.
    sqlx::query!(
        "update conversation.tenant t set updated_at = clock_timestamp()
         where t.id = $1 and t.updated_at < (select max(a.created_at) from conversation.agent_version a where a.tenant_id = t.id)",
        tenant.uuid()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A tenant with its channels, for people who look.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Its id.
    pub id: TenantId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its zone.
    pub time_zone: String,
    /// Id, slug and provider of each channel.
    pub channels: Vec<(ChannelId, String, String)>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// All tenants by slug.
///
/// # Errors
/// Whatever the database says.
pub async fn list(pool: &PgPool) -> Result<Vec<Overview>, sqlx::Error> {
    let channels =
        sqlx::query!("select id, tenant_id, slug, provider from conversation.channel order by slug")
            .fetch_all(pool)
            .await?;
    let tenants =
        sqlx::query!("select id, slug, name, time_zone, updated_at from conversation.tenant order by slug")
            .fetch_all(pool)
            .await?;
    Ok(tenants
        .into_iter()
        .map(|tenant| Overview {
            id: TenantId::from_uuid(tenant.id),
            channels: channels
                .iter()
                .filter(|channel| channel.tenant_id == tenant.id)
                .map(|channel| {
                    (ChannelId::from_uuid(channel.id), channel.slug.clone(), channel.provider.clone())
                })
                .collect(),
            slug: tenant.slug,
            name: tenant.name,
            time_zone: tenant.time_zone,
            updated_at: tenant.updated_at.to_jiff(),
        })
        .collect())
}
