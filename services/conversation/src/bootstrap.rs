//! This service's part of the bootstrap file: tenants, channels, agents.

use std::path::Path;

use ::bootstrap::Tenant;
use anyhow::Context;
use serde_json::json;
use settings::Settings;
use sqlx::{PgConnection, PgPool};
use tracing::info;

use crate::channels::follow;
use crate::store::{
    channels::{self, House},
    tenants::{self, TenantRow},
};

/// Applies the file named in `[bootstrap]`, in one transaction. Nothing changes when nothing differs.
pub async fn apply(settings: &Settings, pool: &PgPool) -> anyhow::Result<()> {
    let section = settings.bootstrap()?;
    let tenants = match section.file.as_str() {
        "" => Vec::new(),
        file => ::bootstrap::read(Path::new(file))?.tenants,
    };
    let mut tx = pool.begin().await?;
    for tenant in &tenants {
        put(&mut tx, tenant)
            .await
            .with_context(|| format!("applying tenant {} of the bootstrap file", tenant.slug))?;
    }
    let declared: Vec<_> =
        tenants.iter().flat_map(|tenant| &tenant.channels).map(|channel| channel.id.uuid()).collect();
    let released =
        channels::release(&mut tx, &declared).await.context("channels the file no longer declares")?;
    tx.commit().await?;
    info!(tenants = tenants.len(), released, "bootstrap file applied");
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
        quiet_hours: tenant.quiet_hours.map(|(from, until)| json!({ "from": from, "until": until })),
    };
    let changed = tenants::put(tx, &row).await?;
    let house = House { time_zone: row.time_zone, quiet_hours: row.quiet_hours };
    for channel in &tenant.channels {
        channels::put(tx, tenant.id, channel, &house, channels::FILE, false).await?;
    }
    if changed {
        follow(tx, tenant.id).await?;
    }
    if let Some(agent) = &tenant.agent {
        tenants::put_agent(tx, tenant.id, &agent.slug, &agent.definition).await?;
    }
    Ok(())
}
