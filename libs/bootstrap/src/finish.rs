//! From what is written to finished values, naming the place of whatever is wrong.

use std::{collections::HashSet, str::FromStr, time::Duration};

use ids::{ChannelId, ServiceId, StaffId, TenantId};
use jiff::civil::{Date, Time, Weekday};
use serde_json::{Value, json};
use settings::{Period, SecretRef};
use uuid::Uuid;

use crate::{
    Error,
    file::{Agent, Channel, File, Holiday, Hours, Reminders, Service, Staff, Tenant},
    raw,
};

const USUAL_LEAD: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const USUAL_REMINDERS: Reminders =
    Reminders { every: Duration::from_secs(2 * 60 * 60), earliest_lead: DAY, cap: 12 };

pub fn file(raw: raw::File) -> Result<File, Error> {
    let tenants = each("tenant", raw.tenants, tenant)?;
    unique("tenant", tenants.iter().map(|tenant| tenant.slug.as_str()))?;
    let channels = tenants.iter().flat_map(|tenant| &tenant.channels);
    unique("tenant[].channel", channels.map(|channel| channel.slug.as_str()))?;
    Ok(File { tenants })
}

fn tenant(path: &str, raw: raw::Tenant) -> Result<Tenant, Error> {
    let slug = slug(&format!("{path}.slug"), raw.slug)?;
    let id = TenantId::named(Uuid::nil(), &slug);
    if jiff::tz::TimeZone::get(&raw.time_zone).is_err() {
        return Err(wrong(format!("{path}.time_zone"), "is not a time zone", "write an IANA name such as Europe/London"));
    }
    let channels = each(&format!("{path}.channel"), raw.channels, channel)?;
    let services = each(&format!("{path}.service"), raw.services, |path, raw| service(path, id, raw))?;
    unique(&format!("{path}.service"), services.iter().map(|service| service.slug.as_str()))?;
    let staff = each(&format!("{path}.staff"), raw.staff, |path, raw| member(path, id, &services, raw))?;
    unique(&format!("{path}.staff"), staff.iter().map(|member| member.slug.as_str()))?;
    let hours = each(&format!("{path}.hours"), raw.hours, |path, raw| hours(path, &staff, raw))?;
    let holidays = each(&format!("{path}.holiday"), raw.holidays, |path, raw| holiday(path, &staff, raw))?;
    let knowledge: Vec<Value> =
        raw.knowledge.into_iter().map(|piece| json!({ "source": piece.source, "text": piece.text })).collect();
    Ok(Tenant {
        id,
        slug,
        name: text(&format!("{path}.name"), raw.name)?,
        time_zone: raw.time_zone,
        language: text(&format!("{path}.language"), raw.language)?,
        phone: raw.phone,
        emergency_number: raw.emergency_number,
        settings: json!({
            "show_service_name": raw.disclose_service, "opening_hours": raw.opening_hours, "links": raw.links,
            "media_to_staff": raw.media_to_staff, "knowledge": knowledge,
        }),
        disclose_service: raw.disclose_service,
        slot_step: raw.slot_step_minutes,
        booking_lead: period(&format!("{path}.booking_lead"), raw.booking_lead, USUAL_LEAD)?,
        booking_horizon_days: raw.booking_horizon_days.unwrap_or(60),
        quiet_hours: raw.quiet_hours.map(|quiet| quiet_hours(&format!("{path}.quiet_hours"), &quiet)).transpose()?,
        channels,
        agent: raw.agent.map(|raw| agent(&format!("{path}.agent"), raw)).transpose()?,
        services,
        staff,
        hours,
        holidays,
    })
}

fn channel(path: &str, raw: raw::Channel) -> Result<Channel, Error> {
    let slug = slug(&format!("{path}.slug"), raw.slug)?;
    let need = |name: &str, value: &Option<String>| match value.as_deref().map(str::trim) {
        Some(value) if !value.is_empty() => Ok(value.to_owned()),
        _ => Err(wrong(format!("{path}.{name}"), "is missing", "a channel of this provider needs it")),
    };
    let (provider, account, wanted): (_, _, &[&str]) = match raw.provider.as_str() {
        "evolution" => (
            "evolution",
            json!({ "base_url": need("base_url", &raw.base_url)?, "instance": need("instance", &raw.instance)? }),
            &["api_key", "webhook_token"],
        ),
        "meta" => (
            "meta",
            json!({ "phone_number_id": need("phone_number_id", &raw.phone_number_id)?, "waba_id": raw.waba_id,
                    "graph_url": raw.graph_url }),
            &["access_token", "app_secret"],
        ),
        "twilio" => (
            "twilio",
            json!({ "account_sid": need("account_sid", &raw.account_sid)?, "from": need("from", &raw.from)?,
                    "api_url": raw.api_url }),
            &["auth_token"],
        ),
        other => {
            return Err(wrong(format!("{path}.provider"), format!("is {other:?}"), "write evolution, meta or twilio"));
        }
    };
    let mut secrets = std::collections::BTreeMap::new();
    for (name, reference) in raw.secrets {
        let reference = SecretRef::from_str(&reference)
            .map_err(|_| wrong(format!("{path}.secrets.{name}"), "is not a reference", "write env:NAME or file:/path, never the secret itself"))?;
        secrets.insert(name, reference);
    }
    if let Some(missing) = wanted.iter().find(|name| !secrets.contains_key(**name)) {
        return Err(wrong(format!("{path}.secrets.{missing}"), "is missing", "write env:NAME or file:/path"));
    }
    let tokens_per_second = raw.tokens_per_second.unwrap_or(1.0);
    if !(tokens_per_second > 0.0 && tokens_per_second <= 1_000_000.0) {
        return Err(wrong(format!("{path}.tokens_per_second"), format!("is {tokens_per_second}"), "write more than 0"));
    }
    Ok(Channel {
        id: ChannelId::named(Uuid::nil(), &slug),
        slug,
        provider,
        account,
        own_address: raw.own_address,
        secrets,
        tokens_per_second,
        bucket_capacity: raw.bucket_capacity.unwrap_or(5).max(1),
        cancel_word: raw.cancel_word.unwrap_or_else(|| "CANCEL".to_owned()),
    })
}

fn agent(path: &str, raw: raw::Agent) -> Result<Agent, Error> {
    if let Some(temperature) = raw.temperature.filter(|t| !(0.0..=2.0).contains(t)) {
        return Err(wrong(format!("{path}.temperature"), format!("is {temperature}"), "write 0 to 2"));
    }
    Ok(Agent {
        slug: slug(&format!("{path}.slug"), raw.slug)?,
        definition: json!({
            "kind": raw.kind.unwrap_or_else(|| "front_desk".to_owned()), "prompt": raw.prompt, "model": raw.model,
            "temperature": raw.temperature, "token_budget": raw.token_budget,
        }),
    })
}

fn service(path: &str, tenant: TenantId, raw: raw::Service) -> Result<Service, Error> {
    let slug = slug(&format!("{path}.slug"), raw.slug)?;
    if !(1..=1440).contains(&raw.minutes) {
        return Err(wrong(format!("{path}.minutes"), format!("is {}", raw.minutes), "write 1 to 1440"));
    }
    let reminders = match raw.reminders {
        None => USUAL_REMINDERS,
        Some(plan) => Reminders {
            every: period(&format!("{path}.reminders.every"), plan.every, USUAL_REMINDERS.every)?,
            earliest_lead: period(&format!("{path}.reminders.earliest_lead"), plan.earliest_lead, USUAL_REMINDERS.earliest_lead)?,
            cap: plan.cap.unwrap_or(USUAL_REMINDERS.cap),
        },
    };
    if reminders.every < Duration::from_secs(1) {
        return Err(wrong(format!("{path}.reminders.every"), "is shorter than a second", "write 1s or more"));
    }
    Ok(Service {
        id: ServiceId::named(tenant.uuid(), &slug),
        slug,
        name: text(&format!("{path}.name"), raw.name)?,
        minutes: raw.minutes,
        reminders,
    })
}

fn member(path: &str, tenant: TenantId, services: &[Service], raw: raw::Staff) -> Result<Staff, Error> {
    let slug = slug(&format!("{path}.slug"), raw.slug)?;
    let services = each(&format!("{path}.services"), raw.services, |path, wanted: String| {
        let known = services.iter().find(|service| service.slug == wanted).map(|service| service.id);
        known.ok_or_else(|| wrong(path.to_owned(), format!("is {wanted:?}"), "write the slug of a service of this tenant"))
    })?;
    Ok(Staff { id: StaffId::named(tenant.uuid(), &slug), slug, name: text(&format!("{path}.name"), raw.name)?, services })
}

fn hours(path: &str, staff: &[Staff], raw: raw::Hours) -> Result<Hours, Error> {
    let weekdays = each(&format!("{path}.weekdays"), raw.weekdays, |path, day: String| weekday(path, &day))?;
    let (opens, closes) = (minutes(&format!("{path}.from"), &raw.from)?, minutes(&format!("{path}.to"), &raw.to)?);
    if opens >= closes {
        return Err(wrong(format!("{path}.to"), "is not after from", "split hours that span midnight in two"));
    }
    Ok(Hours { staff: whose(&format!("{path}.staff"), staff, raw.staff)?, weekdays, opens, closes })
}

fn holiday(path: &str, staff: &[Staff], raw: raw::Holiday) -> Result<Holiday, Error> {
    let date = Date::from_str(&raw.date)
        .map_err(|_| wrong(format!("{path}.date"), format!("is {:?}", raw.date), "write a day such as 2026-12-25"))?;
    Ok(Holiday { staff: whose(&format!("{path}.staff"), staff, raw.staff)?, date, name: raw.name })
}

fn whose(path: &str, staff: &[Staff], slug: Option<String>) -> Result<Option<StaffId>, Error> {
    let Some(slug) = slug else { return Ok(None) };
    let known = staff.iter().find(|member| member.slug == slug).map(|member| Some(member.id));
    known.ok_or_else(|| wrong(path.to_owned(), format!("is {slug:?}"), "write the slug of somebody of this tenant"))
}

fn weekday(path: &str, day: &str) -> Result<Weekday, Error> {
    Ok(match day.to_ascii_lowercase().get(..3) {
        Some("mon") => Weekday::Monday,
        Some("tue") => Weekday::Tuesday,
        Some("wed") => Weekday::Wednesday,
        Some("thu") => Weekday::Thursday,
        Some("fri") => Weekday::Friday,
        Some("sat") => Weekday::Saturday,
        Some("sun") => Weekday::Sunday,
        _ => return Err(wrong(path.to_owned(), format!("is {day:?}"), "write mon, tue, wed, thu, fri, sat or sun")),
    })
}

fn quiet_hours(path: &str, raw: &raw::QuietHours) -> Result<(Time, Time), Error> {
    let time = |name: &str, text: &str| {
        Time::from_str(text).map_err(|_| wrong(format!("{path}.{name}"), format!("is {text:?}"), "write a time of day such as 21:00"))
    };
    let quiet = (time("from", &raw.from)?, time("until", &raw.until)?);
    if quiet.0 == quiet.1 {
        return Err(wrong(format!("{path}.until"), "is the same as from", "leave quiet_hours out for none"));
    }
    Ok(quiet)
}

/// Minutes after midnight; `24:00` is the end of the day.
fn minutes(path: &str, text: &str) -> Result<u16, Error> {
    if text == "24:00" {
        return Ok(1440);
    }
    let time = Time::from_str(text)
        .map_err(|_| wrong(path.to_owned(), format!("is {text:?}"), "write a time of day such as 09:30"))?;
    Ok(u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or_default())
}

fn period(path: &str, text: Option<String>, usual: Duration) -> Result<Duration, Error> {
    let Some(text) = text else { return Ok(usual) };
    Period::from_str(&text)
        .map(Period::duration)
        .map_err(|_| wrong(path.to_owned(), format!("is {text:?}"), "write a length of time such as 2h, 90s or 1d"))
}

/// What names things in URLs and files: short, and safe in both.
fn slug(path: &str, slug: String) -> Result<String, Error> {
    let fits = (1..=63).contains(&slug.len())
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if fits { Ok(slug) } else { Err(wrong(path.to_owned(), format!("is {slug:?}"), "write 1 to 63 of a-z, 0-9, - and _")) }
}

fn text(path: &str, text: String) -> Result<String, Error> {
    if text.trim().is_empty() { Err(wrong(path.to_owned(), "is empty", "write something")) } else { Ok(text) }
}

fn unique<'a>(path: &str, slugs: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for slug in slugs {
        if !seen.insert(slug) {
            return Err(wrong(format!("{path}.slug"), format!("{slug:?} is there twice"), "give each its own"));
        }
    }
    Ok(())
}

fn each<R, T>(path: &str, raw: Vec<R>, mut one: impl FnMut(&str, R) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    raw.into_iter().enumerate().map(|(n, raw)| one(&format!("{path}[{n}]"), raw)).collect()
}

fn wrong(path: String, problem: impl Into<String>, remedy: impl Into<String>) -> Error {
    Error::Value { path, problem: problem.into(), remedy: remedy.into() }
}
