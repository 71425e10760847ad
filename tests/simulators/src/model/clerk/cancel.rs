//! Calling an appointment off: which one, proposal.

use serde_json::json;

use super::phrases::Phrase;
use super::results::Booking;
use super::view::View;
use super::when::When;
use super::{picks, say, say_list};
use crate::model::answer::Answer;

/// The next step.
pub(super) fn next(view: &View<'_>) -> Answer {
    let Some(outcome) = view.last_done() else {
        return Answer::calls("list_my_bookings", json!({}));
    };
    if outcome.failed() {
        return say(view, Phrase::Trouble);
    }
    if outcome.tool == "propose_cancel" {
        return say(view, Phrase::PleaseCheck);
    }
    let bookings = outcome.bookings();
    match chosen(view, &bookings, &view.wish()) {
        Some(booking) => Answer::calls("propose_cancel", json!({"ref": booking.reference})),
        None if bookings.is_empty() => say(view, Phrase::NoBookings),
        None => say_list(view, Phrase::WhichBooking, bookings.iter().map(|booking| booking.label.as_str())),
    }
}

/// The booking meant: the only one, the one named by its reference, its day or time, or its place in the list.
pub(super) fn chosen<'a>(view: &View<'_>, bookings: &'a [Booking], wish: &When) -> Option<&'a Booking> {
    if let [only] = bookings {
        return Some(only);
    }
    let named = |booking: &&Booking| view.words.has(&[booking.reference.to_lowercase().as_str()]);
    if let Some(booking) = bookings.iter().find(named) {
        return Some(booking);
    }
    let mut fitting = bookings.iter().filter(|booking| booking.fits(wish, &view.calendar));
    match (fitting.next(), fitting.next()) {
        (Some(booking), None) => Some(booking),
        _ => picks::place(&view.words).and_then(|place| picks::at(place, bookings)),
    }
}
