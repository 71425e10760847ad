//! Free times as numbered lists.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::context::{Turn, after};
use super::ports::{CalendarError, SlotQuery};
use crate::domain::{Asked, Draft, For, Listing, NamedService, Slot, Visit};
use crate::texts::Message;

/// Times on one list.
pub(super) const MOST: u8 = 6;
/// How far ahead is looked; the calendar takes no longer question.
pub(super) const HORIZON: Duration = Duration::from_secs(62 * 24 * 3600);
/// Days on one list.
const DAYS: usize = 6;

/// Free times in a stretch of time, earliest first.
pub(super) async fn between(
    turn: &Turn<'_>,
    listing: &Listing,
    from: Timestamp,
    to: Timestamp,
    limit: u8,
) -> Result<Vec<Slot>, CalendarError> {
    let from = from.max(turn.snapshot.now);
    if from >= to {
        return Ok(Vec::new());
    }
    let query = SlotQuery {
        tenant: turn.snapshot.tenant.id,
        conversation: turn.snapshot.conversation.id,
        service: listing.service.clone(),
        staff: listing.staff,
        moving: listing.purpose.moving(),
        from,
        to: to.min(after(from, HORIZON)),
        part_of_day: None,
        limit,
        language: turn.language,
    };
    match turn.find_slots(query).await {
        // The service or the person has gone: as good as fully booked.
        Err(CalendarError::Unknown) => Ok(Vec::new()),
        other => other,
    }
}

/// The next free times from a moment on.
pub(super) async fn next(
    turn: &Turn<'_>,
    listing: &Listing,
    from: Timestamp,
) -> Result<Vec<Slot>, CalendarError> {
    between(turn, listing, from, after(from.max(turn.snapshot.now), HORIZON), MOST).await
}

/// Free times near one that cannot be had: from the beginning of its day on, without itself.
pub(super) async fn instead_of(
    turn: &Turn<'_>,
    purpose: &For,
    visit: &Visit,
) -> Result<(Listing, Vec<Slot>), CalendarError> {
    let service = NamedService { id: visit.service_id, name: visit.service.clone() };
    let mut listing = Listing { purpose: purpose.clone(), service, staff: Some(visit.staff_id) };
    let morning = start_of_day(turn, local_day(turn, visit.starts_at));
    let mut slots = next(turn, &listing, morning).await?;
    slots.retain(|slot| !slot.visit.is_same(visit));
    if slots.is_empty() {
        listing.staff = None;
        slots = next(turn, &listing, morning).await?;
        slots.retain(|slot| !slot.visit.is_same(visit));
    }
    Ok((listing, slots))
}

/// Puts a list of times to the customer. An empty one is said to be empty.
pub(super) fn times(
    turn: &Turn<'_>,
    rule: &'static str,
    mut messages: Vec<Message>,
    listing: Listing,
    slots: Vec<Slot>,
) -> Draft {
    let service = listing.service.name.clone();
    if slots.is_empty() {
        messages.push(Message::NothingFree { service });
        return turn.reply(rule, &messages);
    }
    messages.push(Message::Slots { service, slots: turn.slots(&slots) });
    let mut draft = turn.reply(rule, &messages);
    draft.asked = Some(Asked::Slots { slots, listing });
    draft
}

/// Puts the next days with free times to the customer, looked for from a moment on.
pub(super) async fn days(
    turn: &Turn<'_>,
    rule: &'static str,
    mut messages: Vec<Message>,
    listing: Listing,
    from: Timestamp,
) -> Result<Draft, CalendarError> {
    let until = after(from.max(turn.snapshot.now), HORIZON);
    let (mut days, mut from) = (Vec::new(), from);
    while days.len() < DAYS {
        let Some(slot) = between(turn, &listing, from, until, 1).await?.into_iter().next() else { break };
        let day = local_day(turn, slot.visit.starts_at);
        days.push(day);
        from = end_of_day(turn, day);
    }
    let service = listing.service.name.clone();
    if days.is_empty() {
        messages.push(Message::NothingFree { service });
        return Ok(turn.reply(rule, &messages));
    }
    messages.push(Message::Days { service, days: day_names(turn, &days) });
    let mut draft = turn.reply(rule, &messages);
    draft.asked = Some(Asked::Days { days, listing });
    Ok(draft)
}

pub(super) fn day_names(turn: &Turn<'_>, days: &[Date]) -> Vec<String> {
    days.iter().map(|day| turn.ports.texts.day(turn.language, *day)).collect()
}

pub(super) fn local_day(turn: &Turn<'_>, at: Timestamp) -> Date {
    turn.snapshot.tenant.time_zone.to_datetime(at).date()
}

pub(super) fn start_of_day(turn: &Turn<'_>, day: Date) -> Timestamp {
    day.to_zoned(turn.snapshot.tenant.time_zone.clone())
        .map_or(turn.snapshot.now, |midnight| midnight.timestamp())
}

pub(super) fn end_of_day(turn: &Turn<'_>, day: Date) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, |next| start_of_day(turn, next))
}
