use ids::BookingId;

use super::super::context::Turn;
use super::super::ports::CalendarError;
use super::super::{freeze, offer};
use crate::domain::{Asked, Booking, ChangeKind, Draft, For, Listing, NamedService};
use crate::texts::Message;

/// CANCEL: with one appointment it is put to the customer, with several they choose, with none they are told.
pub(in crate::turn) async fn cancel(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    of_mine(turn, ChangeKind::Cancel, Message::NothingToCancel {}).await
}

/// RESCHEDULE, likewise.
pub(in crate::turn) async fn reschedule(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    of_mine(turn, ChangeKind::Move, Message::NothingToMove {}).await
}

async fn of_mine(turn: &Turn<'_>, then: ChangeKind, none: Message) -> Result<Draft, CalendarError> {
    let mut bookings = turn.bookings().await?;
    match bookings.len() {
        0 => Ok(turn.reply("no_bookings", &[none])),
        1 => chosen(turn, bookings.remove(0), Some(then)).await,
        _ => Ok(which(turn, bookings, Some(then))),
    }
}

/// One appointment was chosen, and perhaps what to do with it.
pub(in crate::turn) async fn chosen(
    turn: &Turn<'_>,
    booking: Booking,
    then: Option<ChangeKind>,
) -> Result<Draft, CalendarError> {
    match then {
        Some(ChangeKind::Cancel) => Ok(freeze::propose_cancel(turn, "cancel", Vec::new(), booking)),
        Some(ChangeKind::Move) => {
            let service = NamedService { id: booking.visit.service_id, name: booking.visit.service.clone() };
            let mut listing = Listing {
                purpose: For::Moving { booking: booking.clone() },
                service,
                staff: Some(booking.visit.staff_id),
            };
            if offer::next(turn, &listing, turn.snapshot.now).await?.is_empty() {
                listing.staff = None;
            }
            offer::days(turn, "reschedule", Vec::new(), listing, turn.snapshot.now).await
        }
        Some(ChangeKind::Book) | None => Ok(actions(turn, "booking", Vec::new(), booking)),
    }
}

/// What shall be done with one appointment?
pub(in crate::turn) fn actions(
    turn: &Turn<'_>,
    rule: &'static str,
    mut leads: Vec<Message>,
    booking: Booking,
) -> Draft {
    leads.push(Message::BookingActions { visit: turn.visit(&booking.visit) });
    let mut draft = turn.reply(rule, &leads);
    draft.asked = Some(Asked::Booking { booking });
    draft
}

fn which(turn: &Turn<'_>, mut bookings: Vec<Booking>, then: Option<ChangeKind>) -> Draft {
    // As many as one message holds; the later ones come up when the first have passed.
    bookings.truncate(9);
    let mut draft =
        turn.reply("which_booking", &[Message::WhichBooking { bookings: turn.visits(&bookings), then }]);
    draft.asked = Some(Asked::Bookings { bookings, then });
    draft
}

/// The appointments the customer has, to look at and to go on from.
pub(in crate::turn) async fn my_bookings(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    let mut bookings = turn.bookings().await?;
    Ok(match bookings.len() {
        0 => {
            let mut draft = turn.reply("no_bookings", &[Message::NoBookings {}, turn.menu()]);
            draft.asked = Some(Asked::Menu { after_failure: false });
            draft
        }
        1 => actions(turn, "booking", Vec::new(), bookings.remove(0)),
        _ => which(turn, bookings, None),
    })
}

/// CONFIRM, or a yes to a reminder: the next appointment stands, and is expected.
pub(in crate::turn) async fn confirm(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    let next = turn.bookings().await?.into_iter().next();
    Ok(match next {
        Some(booking) => {
            let service = turn.snapshot.tenant.show_service_name;
            turn.reply("expected", &[Message::Expected { visit: turn.visit(&booking.visit), service }])
        }
        None => turn.reply("no_bookings", &[Message::NothingToConfirm {}]),
    })
}

/// A press on a reminder's button: this appointment, whatever others there are.
pub(in crate::turn) async fn reminded(
    turn: &Turn<'_>,
    booking: BookingId,
    cancel: bool,
) -> Result<Draft, CalendarError> {
    let Some(booking) = turn.bookings().await?.into_iter().find(|one| one.id == booking) else {
        return Ok(turn.reply("reminded_gone", &[Message::Gone {}]));
    };
    if cancel {
        return chosen(turn, booking, Some(ChangeKind::Cancel)).await;
    }
    let service = turn.snapshot.tenant.show_service_name;
    Ok(turn.reply("expected", &[Message::Expected { visit: turn.visit(&booking.visit), service }]))
}

/// "Don't cancel": the appointments stand, and that is said.
pub(in crate::turn) async fn keep(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    let bookings = turn.bookings().await?;
    if bookings.is_empty() {
        return Ok(turn.reply("no_bookings", &[Message::NothingToKeep {}]));
    }
    let kept: Vec<_> =
        bookings.iter().take(3).map(|booking| Message::Kept { visit: turn.visit(&booking.visit) }).collect();
    Ok(turn.reply("kept", &kept))
}

/// A no to a reminder may mean moving or cancelling; nothing is done before that is known.
pub(in crate::turn) async fn declined(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    Ok(match turn.bookings().await?.into_iter().next() {
        Some(booking) => actions(turn, "declined", Vec::new(), booking),
        None => turn.reply("no_bookings", &[Message::NoBookings {}]),
    })
}
