use tokio::time::Instant;

use super::context::Turn;
use super::ports::CalendarError;
use super::reading::Reading;
use super::{Ports, offer};
use crate::domain::{Change, Draft, For, ProposalChange, Refusal, Route, Snapshot};
use crate::texts::Message;

/// The answer when the effect of a draft was not committed: what happened, that nothing was changed, and what is possible now.
/// The draft that was refused must not be sent.
pub async fn after_refusal(snapshot: &Snapshot, ports: &Ports, refusal: Refusal, deadline: Instant) -> Draft {
    let turn = Turn::new(snapshot, ports, Reading::of(snapshot), Route::Accept, deadline);
    let mut draft = explain(&turn, refusal).await;
    draft.proposal = Some(ProposalChange::Expired);
    turn.finish(draft)
}

async fn explain(turn: &Turn<'_>, refusal: Refusal) -> Draft {
    let change = turn.snapshot.open_proposal.as_ref().map(|proposal| &proposal.change);
    let (rule, lead) = match (refusal, change) {
        (Refusal::Taken, change) => {
            ("taken", Message::Taken { moving: matches!(change, Some(Change::Move { .. })) })
        }
        (Refusal::Gone, _) => ("gone", Message::Gone {}),
        (Refusal::Stale, _) => ("stale", Message::Stale {}),
    };
    // What cannot be offered is left out: that nothing was changed is true without the calendar.
    match others(turn, change, refusal).await {
        Ok(Some(alternatives)) => {
            let (listing, slots) = alternatives;
            offer::times(turn, rule, vec![lead], listing, slots)
        }
        Ok(None) | Err(_) => {
            let mut draft = turn.reply(rule, &[lead, turn.menu()]);
            draft.asked = Some(crate::domain::Asked::Menu { after_failure: false });
            draft
        }
    }
}

async fn others(
    turn: &Turn<'_>,
    change: Option<&Change>,
    refusal: Refusal,
) -> Result<Option<(crate::domain::Listing, Vec<crate::domain::Slot>)>, CalendarError> {
    let (visit, purpose) = match change {
        Some(Change::Book { visit, .. }) if refusal != Refusal::Gone => (visit, For::Booking),
        Some(Change::Move { booking, visit, .. }) => {
            // A moved appointment must still be there to be moved.
            let Some(booking) = turn.bookings().await?.into_iter().find(|one| one.id == booking.id) else {
                return Ok(None);
            };
            (visit, For::Moving { booking })
        }
        _ => return Ok(None),
    };
    let (listing, slots) = offer::instead_of(turn, &purpose, visit).await?;
    Ok((!slots.is_empty()).then_some((listing, slots)))
}
