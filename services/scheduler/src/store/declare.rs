//! A calendar as it was declared, written over what was there. Applying the same declaration again changes nothing.

use ids::StaffId;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use super::Error;
use crate::domain::declared::Declared;

/// Writes the calendar in the caller's transaction. What is no longer declared is withdrawn, not deleted: bookings refer
/// to it. The first statement locks the tenant's row, so that replicas that start together take turns.
pub async fn declare(transaction: &mut PgConnection, declared: &Declared) -> Result<(), Error> {
    tenant(transaction, declared).await?;
    services(transaction, declared).await?;
    staff(transaction, declared).await?;
    hours(transaction, declared).await?;
    holidays(transaction, declared).await?;
    cancel_words(transaction, declared).await
}

async fn cancel_words(transaction: &mut PgConnection, declared: &Declared) -> Result<(), Error> {
    for (channel, word) in &declared.cancel_words {
        sqlx::query!(
            "insert into scheduler.channel_word (channel_id, cancel_word) values ($1, $2)
             on conflict (channel_id) do update set cancel_word = excluded.cancel_word
             where scheduler.channel_word.cancel_word <> excluded.cancel_word",
            channel.uuid(),
            word
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

async fn tenant(transaction: &mut PgConnection, declared: &Declared) -> Result<(), Error> {
    let (quiet_from, quiet_until) = declared.quiet_hours.unzip();
    sqlx::query!(
        "insert into scheduler.tenant_calendar
           (tenant_id, name, time_zone, language, phone, slot_step_minutes, booking_lead_minutes,
            booking_horizon_days, disclose_service, quiet_from, quiet_until)
         -- The database keeps zones of its own for quiet hours; one that it does not know fails here, not at 3 in the morning.
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 where now() at time zone $3 is not null
         on conflict (tenant_id) do update
         set name = excluded.name, time_zone = excluded.time_zone, language = excluded.language,
             phone = excluded.phone, slot_step_minutes = excluded.slot_step_minutes,
             booking_lead_minutes = excluded.booking_lead_minutes,
             booking_horizon_days = excluded.booking_horizon_days,
             disclose_service = excluded.disclose_service,
             quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, updated_at = now()",
        declared.tenant_id.uuid(),
        declared.name,
        declared.time_zone,
        declared.language,
        declared.phone,
        declared.slot_step.map(i32::from),
        i32::from(declared.booking_lead),
        i32::from(declared.booking_horizon_days),
        declared.disclose_service,
        quiet_from.map(|time| time.to_sqlx()) as Option<jiff_sqlx::Time>,
        quiet_until.map(|time| time.to_sqlx()) as Option<jiff_sqlx::Time>,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn services(transaction: &mut PgConnection, declared: &Declared) -> Result<(), Error> {
    sqlx::query!(
        "update scheduler.service set active = false where tenant_id = $1 and active",
        declared.tenant_id.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    for service in &declared.services {
        sqlx::query!(
            "insert into scheduler.service
               (tenant_id, id, slug, name, minutes, reminder_every, reminder_earliest_lead, reminder_cap)
             values ($1, $2, $3, $4, $5, make_interval(secs => $6), make_interval(secs => $7), $8)
             on conflict (tenant_id, id) do update
             set slug = excluded.slug, name = excluded.name, minutes = excluded.minutes, active = true,
                 reminder_every = excluded.reminder_every,
                 reminder_earliest_lead = excluded.reminder_earliest_lead, reminder_cap = excluded.reminder_cap",
            declared.tenant_id.uuid(),
            service.id.uuid(),
            service.slug,
            service.name,
            i32::from(service.minutes),
            service.plan.every.as_secs_f64(),
            service.plan.earliest_lead.as_secs_f64(),
            i32::from(service.plan.cap),
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

async fn staff(transaction: &mut PgConnection, declared: &Declared) -> Result<(), Error> {
    let tenant = declared.tenant_id.uuid();
    sqlx::query!("update scheduler.staff set active = false where tenant_id = $1 and active", tenant)
        .execute(&mut *transaction)
        .await?;
    sqlx::query!("delete from scheduler.staff_service where tenant_id = $1", tenant)
        .execute(&mut *transaction)
        .await?;
    for member in &declared.staff {
        sqlx::query!(
            "insert into scheduler.staff (tenant_id, id, slug, name) values ($1, $2, $3, $4)
             on conflict (tenant_id, id) do update
             set slug = excluded.slug, name = excluded.name, active = true",
            tenant,
            member.id.uuid(),
            member.slug,
            member.name,
        )
        .execute(&mut *transaction)
        .await?;
        let services: Vec<_> = member.services.iter().map(|service| service.uuid()).collect();
        sqlx::query!(
            "insert into scheduler.staff_service (tenant_id, staff_id, service_id)
             select $1, $2, service_id from unnest($3::uuid[]) as s(service_id) on conflict do nothing",
            tenant,
            member.id.uuid(),
            &services,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

async fn hours(transaction: &mut PgConnection, declared: &Declared) -> Result<(), Error> {
    let tenant = declared.tenant_id.uuid();
    sqlx::query!("delete from scheduler.opening_hours where tenant_id = $1", tenant)
        .execute(&mut *transaction)
        .await?;
    for hours in &declared.hours {
        sqlx::query!(
            "insert into scheduler.opening_hours (tenant_id, staff_id, weekday, opens, closes)
             values ($1, $2, $3, $4, $5)",
            tenant,
            hours.staff.map(StaffId::uuid),
            i16::from(hours.weekday.to_monday_one_offset()),
            hours.opens.cast_signed(),
            hours.closes.cast_signed(),
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

async fn holidays(transaction: &mut PgConnection, declared: &Declared) -> Result<(), Error> {
    let tenant = declared.tenant_id.uuid();
    sqlx::query!("delete from scheduler.holiday where tenant_id = $1", tenant)
        .execute(&mut *transaction)
        .await?;
    for holiday in &declared.holidays {
        sqlx::query!(
            "insert into scheduler.holiday (tenant_id, staff_id, day, name) values ($1, $2, $3, $4)",
            tenant,
            holiday.staff.map(StaffId::uuid),
            holiday.day.to_sqlx() as jiff_sqlx::Date,
            holiday.name,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}
