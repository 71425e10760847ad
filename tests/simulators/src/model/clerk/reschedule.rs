//! Another time for an appointment: which one, slots, proposal.

use serde_json::json;

use super::phrases::Phrase;
use super::results::Booking;
use super::view::{Pick, View};
use super::when::When;
use super::words::Words;
use super::{arguments, book, cancel, say, say_list};
use crate::model::answer::Answer;

/// The next step.
pub(super) fn next(view: &View<'_>) -> Answer {
    let last = view.last_done();
    if last.is_some_and(|outcome| outcome.tool == "propose_reschedule") {
        let refused = last.is_some_and(super::results::Outcome::failed);
        return say(view, if refused { Phrase::SlotGone } else { Phrase::PleaseCheck });
    }
    let Some(listed) = view.latest("list_my_bookings") else {
        return if last.is_some_and(super::results::Outcome::failed) {
            say(view, Phrase::Trouble)
        } else {
            Answer::calls("list_my_bookings", json!({}))
        };
    };
    let bookings = listed.bookings();
    let (old, new) = halves(view);
    let Some(booking) = cancel::chosen(view, &bookings, &old).or_else(|| chosen_before(view, &bookings))
    else {
        return if bookings.is_empty() {
            say(view, Phrase::NoBookings)
        } else {
            say_list(view, Phrase::WhichBooking, bookings.iter().map(|booking| booking.label.as_str()))
        };
    };
    with_booking(view, booking, new)
}

fn with_booking(view: &View<'_>, booking: &Booking, new: When) -> Answer {
    let propose = |handle: &str| {
        Answer::calls("propose_reschedule", json!({"ref": booking.reference, "handle": handle}))
    };
    // "My Thursday appointment" names the old day, not the new one.
    let wish = if booking.fits(&new, &view.calendar) { When::default() } else { new };
    if let Some(searched) = view.last_done().filter(|outcome| outcome.tool == "find_slots") {
        return book::after_search(view, searched, wish, propose);
    }
    match view.pick() {
        Pick::Slot(handle) => return propose(&handle),
        Pick::Several => return say(view, Phrase::WhichDay),
        Pick::Look(_) | Pick::Nothing => {}
    }
    let wish = if wish.is_open() { book::wanted(view) } else { wish };
    let wish = if booking.fits(&wish, &view.calendar) { When::default() } else { wish };
    let label = Words::of(&booking.label);
    let service =
        booking.service.as_deref().or_else(|| view.services.named(&label)).or_else(|| view.service());
    match service {
        Some(service) => arguments::find_slots(view, service, &wish),
        None => {
            Answer::says(format!("{} {}?", Phrase::AskService.text(view.language), view.services.names("/")))
        }
    }
}

/// The booking that was named when the wish was first said.
fn chosen_before<'a>(view: &View<'_>, bookings: &'a [Booking]) -> Option<&'a Booking> {
    let wishes = view.earlier.iter().map(|words| When::read(words, &view.calendar));
    wishes.filter_map(|wish| bookings.iter().find(|booking| booking.fits(&wish, &view.calendar))).next()
}

/// What the words say of the old time and of the new one: "from Thursday to Friday at 10".
fn halves(view: &View<'_>) -> (When, When) {
    let words = &view.words;
    let read = |words: &Words| When::read(words, &view.calendar);
    let to = (0..words.len()).rev().find(|at| {
        ["to", "al", "para", "until"].contains(&words.get(*at)) && !read(&words.from(at + 1)).is_open()
    });
    match to {
        // "I want to move my Thursday appointment": what follows this "to" is not the new time.
        Some(at) if !words.from(at + 1).has(&["my", "mi", "appointment", "cita", "booking"]) => {
            (read(&words.until(at)), read(&words.from(at + 1)))
        }
        _ => (read(words), read(words)),
    }
}
