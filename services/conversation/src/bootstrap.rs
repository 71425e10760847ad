//! This service's part of the bootstrap file: tenants, channels, agents.

use std::path::Path;

use ::bootstrap::{Channel, Tenant};
use anyhow::Context;
use serde_json::{Value, json};
use settings::Settings;
use sqlx::{PgConnection, PgPool};
use tracing::info;

use crate::store::tenants::{self, TenantRow};

/// Applies the file named in `[bootstrap]`, in one transaction. Nothing changes when nothing differs.
pub async fn apply(settings: &Settings, pool: &PgPool) -> anyhow::Result<()> {
    let section = settings.bootstrap()?;
    if section.file.is_empty() {
        return Ok(());
    }
    let file = ::bootstrap::read(Path::new(&section.file))?;
    let mut tx = pool.begin().await?;
    for tenant in &file.tenants {
        put(&mut tx, tenant)
            .await
            .with_context(|| format!("applying tenant {} of the bootstrap file", tenant.slug))?;
    }
    tx.commit().await?;
    info!(tenants = file.tenants.len(), "bootstrap file applied");
    Ok(())
}

async fn put(tx: &mut PgConnection, tenant: &Tenant) -> Result<(), sqlx::Error> {
    let row = TenantRow {
        id: tenant.id,
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
        time_zone: tenant.time_zone.clone(),
        language: tenant.language.clone(),
        phone: tenant.phone.clone(),
        emergency_number: Some(tenant.emergency_number.clone()),
        settings: tenant.settings.clone(),
    };
    tenants::put(tx, &row).await?;
    for channel in &tenant.channels {
        tenants::put_channel(tx, channel.id, tenant.id, &channel.cancel_word, &wire(tenant, channel)).await?;
    }
    if let Some(agent) = &tenant.agent {
        tenants::put_agent(tx, tenant.id, &agent.slug, &agent.definition).await?;
    }
    Ok(())
}

/// A channel as `ingest.put_channel_v1` and `delivery.put_channel_v1` take it.
fn wire(tenant: &Tenant, channel: &Channel) -> Value {
    json!({
        "id": channel.id, "tenant_id": tenant.id, "slug": channel.slug, "provider": channel.provider,
        "account": channel.account, "own_address": channel.own_address, "secrets": channel.secrets,
        "templates": channel.templates, "tokens_per_second": channel.tokens_per_second, "bucket_capacity": channel.bucket_capacity,
    })
}
