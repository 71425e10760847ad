use super::super::context::Turn;
use super::super::ports::CalendarError;
use super::super::{freeze, offer};
use super::{change, menu};
use crate::domain::{Asked, ChangeKind, Draft, For, Listing, NamedService};
use crate::texts::Message;

/// "No, wait" right after something was done: it is done, which is said, and the way back is put to the customer. Nothing is
/// undone by itself.
pub(in crate::turn) async fn undo(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    let Some(Asked::Done { kind, visit, .. }) = &turn.snapshot.conversation.last_asked else {
        return Ok(menu::menu(turn));
    };
    if *kind == ChangeKind::Cancel {
        let service = NamedService { id: visit.service_id, name: visit.service.clone() };
        let listing = Listing { purpose: For::Booking, service, staff: None };
        return offer::days(
            turn,
            "undo_cancel",
            vec![Message::AlreadyCancelled {}],
            listing,
            turn.snapshot.now,
        )
        .await;
    }
    let booking = turn.bookings().await?.into_iter().find(|booking| booking.visit.is_same(visit));
    Ok(match (booking, kind) {
        (Some(booking), ChangeKind::Book) => {
            freeze::propose_cancel(turn, "undo_book", vec![Message::AlreadyBooked {}], booking)
        }
        (Some(booking), _) => change::actions(turn, "undo_move", vec![Message::AlreadyMoved {}], booking),
        (None, _) => turn.reply("no_bookings", &[Message::NothingToCancel {}]),
    })
}
