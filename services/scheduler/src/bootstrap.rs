//! This service's part of the bootstrap file: calendars.

use std::path::Path;

use ::bootstrap::Tenant;
use anyhow::Context;
use jiff::SignedDuration;
use settings::Settings;
use sqlx::PgPool;

use crate::domain::calendar::Hours;
use crate::domain::declared::{Declared, DeclaredHoliday, DeclaredService, DeclaredStaff, ReminderPlan};
use crate::store::declare;

/// Applies the file named in `[bootstrap]`, in one transaction. Nothing changes when nothing differs.
pub async fn apply(settings: &Settings, pool: &PgPool) -> anyhow::Result<()> {
    let section = settings.bootstrap()?;
    if section.file.is_empty() {
        return Ok(());
    }
    let file = ::bootstrap::read(Path::new(&section.file))?;
    let mut transaction = pool.begin().await?;
    for tenant in &file.tenants {
        let declared = declared(tenant).with_context(|| format!("tenant {}", tenant.slug))?;
        declare::declare(&mut transaction, &declared)
            .await
            .with_context(|| format!("applying tenant {} of the bootstrap file", tenant.slug))?;
    }
    transaction.commit().await?;
    tracing::info!(tenants = file.tenants.len(), "bootstrap file applied");
    Ok(())
}

fn declared(tenant: &Tenant) -> anyhow::Result<Declared> {
    let lead = tenant.booking_lead.as_secs() / 60;
    Ok(Declared {
        tenant_id: tenant.id,
        name: tenant.name.clone(),
        time_zone: tenant.time_zone.clone(),
        language: tenant.language.clone(),
        phone: tenant.phone.clone(),
        slot_step: tenant.slot_step,
        booking_lead: u16::try_from(lead).context("booking_lead is longer than 45 days")?,
        booking_horizon_days: tenant.booking_horizon_days,
        disclose_service: tenant.disclose_service,
        quiet_hours: tenant.quiet_hours,
        services: tenant.services.iter().map(service).collect::<anyhow::Result<_>>()?,
        staff: tenant
            .staff
            .iter()
            .map(|member| DeclaredStaff {
                id: member.id,
                slug: member.slug.clone(),
                name: member.name.clone(),
                services: member.services.clone(),
            })
            .collect(),
        hours: tenant
            .hours
            .iter()
            .flat_map(|hours| {
                hours.weekdays.iter().map(|&weekday| Hours {
                    staff: hours.staff,
                    weekday,
                    opens: hours.opens,
                    closes: hours.closes,
                })
            })
            .collect(),
        holidays: tenant
            .holidays
            .iter()
            .map(|holiday| DeclaredHoliday {
                staff: holiday.staff,
                day: holiday.date,
                name: holiday.name.clone(),
            })
            .collect(),
        cancel_words: tenant.channels.iter().map(|one| (one.id, one.cancel_word.clone())).collect(),
    })
}

fn service(service: &::bootstrap::Service) -> anyhow::Result<DeclaredService> {
    Ok(DeclaredService {
        id: service.id,
        slug: service.slug.clone(),
        name: service.name.clone(),
        minutes: u16::try_from(service.minutes).context("minutes")?,
        plan: ReminderPlan {
            every: SignedDuration::try_from(service.reminders.every).context("reminders.every")?,
            earliest_lead: SignedDuration::try_from(service.reminders.earliest_lead)
                .context("reminders.earliest_lead")?,
            cap: u16::try_from(service.reminders.cap).context("reminders.cap")?,
        },
    })
}
