use super::super::context::Turn;
use super::super::ports::CalendarError;
use super::super::{freeze, offer};
use super::{list, menu};
use crate::domain::{Change, Draft, For, ProposalChange};
use crate::texts::Message;

/// The question that puts a change to the customer.
pub(in crate::turn) fn message(turn: &Turn<'_>, change: &Change) -> Message {
    match change {
        Change::Book { visit, .. } => Message::ProposeBook { visit: turn.visit(visit) },
        Change::Move { booking, visit, .. } => {
            Message::ProposeMove { from: turn.visit(&booking.visit), to: turn.visit(visit) }
        }
        Change::Cancel { booking } => Message::ProposeCancel { visit: turn.visit(&booking.visit) },
    }
}

/// A yes that came too late books nothing: the time is looked at again, and shown again.
pub(in crate::turn) async fn renew(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    let Some(proposal) = &turn.snapshot.open_proposal else { return Ok(menu::outdated(turn)) };
    let (visit, purpose) = match &proposal.change {
        Change::Cancel { booking } => {
            let still_there = turn.bookings().await?.into_iter().find(|one| one.id == booking.id);
            return Ok(match still_there {
                Some(booking) => freeze::propose_cancel(turn, "renew_cancel", Vec::new(), booking),
                None => gone(turn),
            });
        }
        Change::Book { visit, .. } => (visit, For::Booking),
        Change::Move { booking, visit, .. } => {
            match turn.bookings().await?.into_iter().find(|one| one.id == booking.id) {
                Some(booking) => (visit, For::Moving { booking }),
                None => return Ok(gone(turn)),
            }
        }
    };
    if let Some(held) = freeze::hold_visit(turn, visit, &purpose).await? {
        return Ok(freeze::propose(turn, "renew", vec![Message::Renewed {}], held, &purpose));
    }
    let (listing, slots) = offer::instead_of(turn, &purpose, visit).await?;
    let taken = Message::Taken { moving: matches!(purpose, For::Moving { .. }) };
    let mut draft = offer::times(turn, "renew_taken", vec![taken], listing, slots);
    draft.proposal = Some(ProposalChange::Expired);
    Ok(draft)
}

fn gone(turn: &Turn<'_>) -> Draft {
    let mut draft = turn.reply("renew_gone", &[Message::Gone {}]);
    draft.proposal = Some(ProposalChange::Expired);
    draft
}

/// A no. Nothing is changed, which is said, and other times are offered if they may be wanted.
pub(in crate::turn) async fn reject(turn: &Turn<'_>, offer_others: bool) -> Draft {
    let Some(proposal) = &turn.snapshot.open_proposal else { return menu::outdated(turn) };
    turn.release_hold().await;
    let (lead, purpose) = match &proposal.change {
        Change::Book { .. } => (Message::NothingBooked {}, For::Booking),
        Change::Move { booking, .. } => (
            Message::NothingMoved { visit: turn.visit(&booking.visit) },
            For::Moving { booking: booking.clone() },
        ),
        Change::Cancel { booking } => (Message::Kept { visit: turn.visit(&booking.visit) }, For::Booking),
    };
    // That nothing was booked stays true, and is said, when the calendar cannot be asked for other times.
    let others = match offer_others {
        true => offer::instead_of(turn, &purpose, proposal.change.visit())
            .await
            .ok()
            .filter(|(_, slots)| !slots.is_empty()),
        false => None,
    };
    let mut draft = match others {
        Some((listing, slots)) => offer::times(turn, "rejected", vec![lead], listing, slots),
        None => turn.reply("rejected", &[lead]),
    };
    draft.proposal = Some(ProposalChange::Rejected);
    draft
}

/// CANCEL or QUIT beside an open proposal: the proposal goes, older appointments stay, and that is said.
pub(in crate::turn) async fn drop(turn: &Turn<'_>) -> Draft {
    let Some(proposal) = &turn.snapshot.open_proposal else { return menu::outdated(turn) };
    turn.release_hold().await;
    let mut messages = match &proposal.change {
        Change::Book { .. } => vec![Message::NothingBooked {}],
        Change::Move { booking, .. } => vec![Message::NothingMoved { visit: turn.visit(&booking.visit) }],
        Change::Cancel { booking } => vec![Message::Kept { visit: turn.visit(&booking.visit) }],
    };
    if !matches!(proposal.change, Change::Cancel { .. }) {
        messages.extend(list::older_appointments(turn).await);
    }
    let mut draft = turn.reply("dropped", &messages);
    draft.proposal = Some(ProposalChange::Rejected);
    draft
}
