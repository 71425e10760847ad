use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Step, read, schema};
use crate::domain::{For, Listing, NamedService, Service, Slot, Staff};
use crate::model::ToolSpec;
use crate::turn::context::{Turn, after};
use crate::turn::findings::{Findings, Offer};
use crate::turn::offer;
use crate::turn::ports::{PartOfDay, SlotQuery};

/// How far ahead is looked when the model names no end.
const USUAL: std::time::Duration = std::time::Duration::from_secs(14 * 24 * 3600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    service: String,
    staff: Option<String>,
    from: Option<String>,
    to: Option<String>,
    part_of_day: Option<PartOfDay>,
}

pub(super) fn spec(findings: &Findings) -> ToolSpec {
    let services: Vec<_> = findings.services.iter().map(|service| service.slug.as_str()).collect();
    ToolSpec {
        name: "find_slots",
        description: "Free times for a service, at most 6. The customer is shown them as a numbered list.",
        parameters: schema(
            json!({
                "service": { "type": "string", "enum": services },
                "staff": { "type": "string", "description": "Only if the customer wants one person" },
                "from": { "type": "string", "description": "First day, YYYY-MM-DD, or local YYYY-MM-DDTHH:MM" },
                "to": { "type": "string", "description": "Last day, or local YYYY-MM-DDTHH:MM" },
                "part_of_day": { "type": "string", "enum": ["morning", "afternoon", "evening"] }
            }),
            &["service"],
        ),
    }
}

pub(super) async fn run(
    turn: &Turn<'_>,
    findings: &mut Findings,
    arguments: &Map<String, Value>,
) -> Result<Step, Step> {
    let wanted: Wanted = read(arguments)?;
    let (service, staff) = resolve(&findings.services, &wanted)?;
    let (from, to) = stretch(turn, &wanted)?;
    let has_one = findings.bookings.iter().any(|booking| booking.visit.service_id == service.id);
    let purpose = if has_one { For::Undecided } else { For::Booking };
    let listing = Listing { purpose, service, staff: staff.map(|staff| staff.id) };
    let query = SlotQuery {
        tenant: turn.snapshot.tenant.id,
        conversation: turn.snapshot.conversation.id,
        service: listing.service.clone(),
        staff: listing.staff,
        moving: None,
        from,
        to,
        part_of_day: wanted.part_of_day,
        limit: offer::MOST,
        language: turn.language,
    };
    let slots = turn.find_slots(query).await?;
    findings.searched = true;
    findings.remember(&slots);
    if !slots.is_empty() {
        let shown = json!({ "slots": lines(turn, &slots) });
        findings.offer = Some(Offer { listing, slots, instead: false });
        return Ok(Step::Result(shown));
    }
    // Nothing then: what is free next is found by code, so that no model has to guess at it.
    let next = offer::next(turn, &listing, to).await?;
    findings.remember(&next);
    let shown = json!({
        "slots": [],
        "note": "Nothing is free in that time. The customer is told so and shown the next free times.",
        "next_free": lines(turn, &next),
    });
    findings.offer = Some(Offer { listing, slots: next, instead: true });
    Ok(Step::Result(shown))
}

fn lines(turn: &Turn<'_>, slots: &[Slot]) -> Vec<Value> {
    slots
        .iter()
        .map(|slot| {
            let line = turn.ports.texts.slot(turn.language, &turn.snapshot.tenant, slot);
            let starts_at = slot.visit.starts_at.to_zoned(turn.snapshot.tenant.time_zone.clone()).strftime("%Y-%m-%dT%H:%M%:z").to_string();
            json!({ "handle": slot.handle, "label": format!("{} {}", line.when, line.staff), "starts_at": starts_at })
        })
        .collect()
}

/// Models name things as customers do, so names count as well as slugs.
fn resolve<'a>(services: &'a [Service], wanted: &Wanted) -> Result<(NamedService, Option<&'a Staff>), Step> {
    let is = |name: &str, wanted: &str| lexicon::normalise(name) == lexicon::normalise(wanted);
    let service =
        services.iter().find(|one| is(&one.slug, &wanted.service) || is(&one.name, &wanted.service));
    let Some(service) = service else {
        let slugs: Vec<_> = services.iter().map(|service| service.slug.as_str()).collect();
        return Err(Step::Refused(format!("there is no such service; there are {}", slugs.join(", "))));
    };
    let named = NamedService { id: service.id, name: service.name.clone() };
    let Some(name) = &wanted.staff else { return Ok((named, None)) };
    match service.staff.iter().find(|one| is(&one.slug, name) || is(&one.name, name)) {
        Some(staff) => Ok((named, Some(staff))),
        None => {
            let slugs: Vec<_> = service.staff.iter().map(|staff| staff.slug.as_str()).collect();
            Err(Step::Refused(format!("nobody of that name does this; there are {}", slugs.join(", "))))
        }
    }
}

fn stretch(turn: &Turn<'_>, wanted: &Wanted) -> Result<(Timestamp, Timestamp), Step> {
    let (now, zone) = (turn.snapshot.now, &turn.snapshot.tenant.time_zone);
    let read = |field: &str, text: &str| {
        moment(text, zone).ok_or_else(|| {
            Step::Refused(format!("{field} must be YYYY-MM-DD or YYYY-MM-DDTHH:MM, with a day that exists"))
        })
    };
    let from = match wanted.from.as_deref() {
        Some(text) => read("from", text)?.begins,
        None => now,
    };
    let to = match wanted.to.as_deref() {
        Some(text) => read("to", text)?.ends,
        // One day named alone is meant as that day.
        None => match wanted.from.as_deref() {
            Some(text) if is_day(text) => read("from", text)?.ends,
            _ => after(from.max(now), USUAL),
        },
    };
    if to <= now {
        return Err(Step::Refused("that time has passed; look at the card for today's date".to_owned()));
    }
    if to <= from {
        return Err(Step::Refused("to must be after from".to_owned()));
    }
    let from = from.max(now);
    Ok((from, to.min(after(from, offer::HORIZON))))
}

struct Moment {
    begins: Timestamp,
    /// For a day its end, for a moment itself.
    ends: Timestamp,
}

fn is_day(text: &str) -> bool {
    text.trim().len() == "2026-03-05".len()
}

/// Local unless it brings an offset of its own.
fn moment(text: &str, zone: &TimeZone) -> Option<Moment> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(Moment { begins: at, ends: at });
    }
    if is_day(text) {
        let day: Date = text.parse().ok()?;
        let midnight = |day: Date| day.to_zoned(zone.clone()).ok().map(|midnight| midnight.timestamp());
        return Some(Moment { begins: midnight(day)?, ends: midnight(day.tomorrow().ok()?)? });
    }
    let at = zone.to_timestamp(text.parse::<DateTime>().ok()?).ok()?;
    Some(Moment { begins: at, ends: at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_local_times_are_read_in_the_zone_of_the_business() {
        let zone = TimeZone::get("Europe/Lisbon").unwrap();
        let day = moment("2026-07-01", &zone).unwrap();
        assert_eq!(
            (day.begins.to_string(), day.ends.to_string()),
            ("2026-06-30T23:00:00Z".into(), "2026-07-01T23:00:00Z".into())
        );
        assert_eq!(moment("2026-07-01T10:00", &zone).unwrap().begins.to_string(), "2026-07-01T09:00:00Z");
        assert_eq!(moment("2026-07-01T10:00:00Z", &zone).unwrap().begins.to_string(), "2026-07-01T10:00:00Z");
        for nonsense in ["tomorrow", "2026-02-30", "", "01/07/2026", "2026-13-01"] {
            assert!(moment(nonsense, &zone).is_none(), "{nonsense:?}");
        }
    }
}
