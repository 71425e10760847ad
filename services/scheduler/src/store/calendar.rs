//! A tenant's calendar, read as a whole.

use ids::{ServiceId, StaffId, TenantId};
use jiff::SignedDuration;
use jiff::civil::Weekday;
use sqlx::PgConnection;

use super::Error;
use crate::domain::calendar::{Calendar, Holiday, Hours, Minutes, Service, StaffMember};
use crate::domain::zone;

/// The calendar with what can be booked now; withdrawn services and staff are left out.
pub async fn load(connection: &mut PgConnection, tenant: TenantId) -> Result<Option<Calendar>, Error> {
    let Some(row) = sqlx::query!(
        "select name, time_zone, language, slot_step_minutes, booking_lead_minutes, booking_horizon_days,
                disclose_service
         from scheduler.tenant_calendar where tenant_id = $1",
        tenant.uuid()
    )
    .fetch_optional(&mut *connection)
    .await?
    else {
        return Ok(None);
    };
    let wrong =
        |column, found: &dyn std::fmt::Display| Error::impossible("tenant_calendar", tenant, column, found);
    let zone = zone::named(&row.time_zone).ok_or_else(|| wrong("time_zone", &row.time_zone))?;
    let step = row
        .slot_step_minutes
        .map(|step| Minutes::try_from(step).map_err(|_| wrong("slot_step_minutes", &step)))
        .transpose()?;
    Ok(Some(Calendar {
        tenant_id: tenant,
        name: row.name,
        zone_name: row.time_zone,
        zone,
        language_tag: row.language,
        step,
        lead: SignedDuration::from_mins(i64::from(row.booking_lead_minutes)),
        horizon: SignedDuration::from_hours(24 * i64::from(row.booking_horizon_days)),
        disclose_service: row.disclose_service,
        services: services(connection, tenant).await?,
        staff: staff(connection, tenant).await?,
        hours: hours(connection, tenant).await?,
        holidays: holidays(connection, tenant).await?,
    }))
}

/// The tenant, if there is exactly one.
pub async fn only_tenant(connection: &mut PgConnection) -> Result<Option<TenantId>, Error> {
    let tenants = sqlx::query_scalar!("select tenant_id from scheduler.tenant_calendar limit 2")
        .fetch_all(connection)
        .await?;
    Ok(match tenants.as_slice() {
        [only] => Some(TenantId::from_uuid(*only)),
        _ => None,
    })
}

async fn services(connection: &mut PgConnection, tenant: TenantId) -> Result<Vec<Service>, Error> {
    let rows = sqlx::query!(
        "select id, slug, name, minutes from scheduler.service where tenant_id = $1 and active order by name, id",
        tenant.uuid()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let id = ServiceId::from_uuid(row.id);
            Ok(Service { id, slug: row.slug, name: row.name, minutes: minutes("service", id, row.minutes)? })
        })
        .collect()
}

async fn staff(connection: &mut PgConnection, tenant: TenantId) -> Result<Vec<StaffMember>, Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.slug, p.name,
                  array_remove(array_agg(o.service_id), null) as "services!"
           from scheduler.staff p
           left join scheduler.staff_service o on o.tenant_id = p.tenant_id and o.staff_id = p.id
           where p.tenant_id = $1 and p.active
           group by p.id, p.slug, p.name
           order by p.name, p.id"#,
        tenant.uuid()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StaffMember {
            id: StaffId::from_uuid(row.id),
            slug: row.slug,
            name: row.name,
            services: row.services.into_iter().map(ServiceId::from_uuid).collect(),
        })
        .collect())
}

async fn hours(connection: &mut PgConnection, tenant: TenantId) -> Result<Vec<Hours>, Error> {
    let rows = sqlx::query!(
        "select staff_id, weekday, opens, closes from scheduler.opening_hours
         where tenant_id = $1 order by staff_id, weekday, opens",
        tenant.uuid()
    )
    .fetch_all(connection)
    .await?;
    let wrong = |column, found: i16| Error::impossible("opening_hours", tenant, column, found);
    rows.into_iter()
        .map(|row| {
            Ok(Hours {
                staff: row.staff_id.map(StaffId::from_uuid),
                weekday: i8::try_from(row.weekday)
                    .ok()
                    .and_then(|day| Weekday::from_monday_one_offset(day).ok())
                    .ok_or_else(|| wrong("weekday", row.weekday))?,
                opens: Minutes::try_from(row.opens).map_err(|_| wrong("opens", row.opens))?,
                closes: Minutes::try_from(row.closes).map_err(|_| wrong("closes", row.closes))?,
            })
        })
        .collect()
}

async fn holidays(connection: &mut PgConnection, tenant: TenantId) -> Result<Vec<Holiday>, Error> {
    let rows =
        sqlx::query!("select staff_id, day from scheduler.holiday where tenant_id = $1", tenant.uuid())
            .fetch_all(connection)
            .await?;
    Ok(rows
        .into_iter()
        .map(|row| Holiday { staff: row.staff_id.map(StaffId::from_uuid), day: row.day.to_jiff() })
        .collect())
}

/// A column of minutes, as the table's check keeps it.
pub(super) fn minutes(table: &'static str, id: ServiceId, found: i32) -> Result<Minutes, Error> {
    Minutes::try_from(found).map_err(|_| Error::impossible(table, id, "minutes", found))
}
