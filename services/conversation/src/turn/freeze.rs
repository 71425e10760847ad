//! From a wish to a proposal: the time is held, the values are frozen, the question is rendered.

use std::time::Duration;

use ids::ProposalId;
use jiff::Timestamp;

use super::context::{Turn, after};
use super::flows::proposal;
use super::ports::{CalendarError, Held, HoldRequest, SlotQuery};
use crate::domain::{
    Asked, Booking, Change, Draft, For, NamedService, Proposal, ProposalChange, ProposalState, Slot, Visit,
};
use crate::texts::Message;

/// Nothing is held for a cancellation, so its question can stay open for longer.
const CANCEL_STAYS_OPEN: Duration = Duration::from_secs(3600);

/// Holds an offered time; if the offer is too old, the same time is looked for again. `None`: it is no longer free.
pub(super) async fn hold(turn: &Turn<'_>, slot: &Slot, purpose: &For) -> Result<Option<Held>, CalendarError> {
    match hold_handle(turn, &slot.handle, purpose).await {
        Ok(held) => Ok(Some(held)),
        Err(CalendarError::Taken) => Ok(None),
        Err(CalendarError::Expired | CalendarError::Unknown) => hold_visit(turn, &slot.visit, purpose).await,
        Err(CalendarError::Unavailable) => Err(CalendarError::Unavailable),
    }
}

/// Holds exactly this service, person and time. `None`: it is no longer free.
pub(super) async fn hold_visit(
    turn: &Turn<'_>,
    visit: &Visit,
    purpose: &For,
) -> Result<Option<Held>, CalendarError> {
    let query = SlotQuery {
        tenant: turn.snapshot.tenant.id,
        conversation: turn.snapshot.conversation.id,
        service: NamedService { id: visit.service_id, name: visit.service.clone() },
        staff: Some(visit.staff_id),
        moving: purpose.moving(),
        from: visit.starts_at,
        to: after(visit.starts_at, Duration::from_secs(1)),
        part_of_day: None,
        limit: 1,
        language: turn.language,
    };
    if visit.starts_at <= turn.snapshot.now {
        return Ok(None);
    }
    let slots = match turn.find_slots(query).await {
        Ok(slots) => slots,
        Err(CalendarError::Unavailable) => return Err(CalendarError::Unavailable),
        // The service or the person has gone.
        Err(_) => return Ok(None),
    };
    let Some(slot) = slots.into_iter().find(|slot| slot.visit.is_same(visit)) else { return Ok(None) };
    match hold_handle(turn, &slot.handle, purpose).await {
        Ok(held) => Ok(Some(held)),
        Err(CalendarError::Unavailable) => Err(CalendarError::Unavailable),
        Err(_) => Ok(None),
    }
}

async fn hold_handle(turn: &Turn<'_>, handle: &str, purpose: &For) -> Result<Held, CalendarError> {
    let (tenant, conversation) = (turn.snapshot.tenant.id, turn.snapshot.conversation.id);
    let request = HoldRequest { tenant, conversation, handle: handle.to_owned(), moving: purpose.moving() };
    turn.in_time(turn.calendar().hold(request)).await
}

/// Puts a held time to the customer, for a new appointment or in place of an old one.
pub(super) fn propose(
    turn: &Turn<'_>,
    rule: &'static str,
    leads: Vec<Message>,
    held: Held,
    purpose: &For,
) -> Draft {
    let change = match purpose {
        For::Booking | For::Undecided => Change::Book { visit: held.visit, hold_id: held.hold_id },
        For::Moving { booking } => {
            Change::Move { booking: booking.clone(), visit: held.visit, hold_id: held.hold_id }
        }
    };
    open(turn, rule, leads, change, held.expires_at)
}

/// Puts a cancellation to the customer.
pub(super) fn propose_cancel(
    turn: &Turn<'_>,
    rule: &'static str,
    leads: Vec<Message>,
    booking: Booking,
) -> Draft {
    let until = after(turn.snapshot.now, CANCEL_STAYS_OPEN).min(booking.visit.starts_at);
    open(turn, rule, leads, Change::Cancel { booking }, until)
}

fn open(
    turn: &Turn<'_>,
    rule: &'static str,
    mut messages: Vec<Message>,
    change: Change,
    expires_at: Timestamp,
) -> Draft {
    messages.push(proposal::message(turn, &change));
    let mut draft = turn.reply(rule, &messages);
    let id = ProposalId::generate();
    let shown_text = draft.says.first().map(|say| say.text.clone()).unwrap_or_default();
    let proposal = Proposal { id, change, shown_text, state: ProposalState::Open, expires_at };
    draft.proposal = Some(ProposalChange::Open(Box::new(proposal)));
    draft.asked = Some(Asked::Proposal { id });
    draft
}
