use lexicon::Word;

use super::super::context::{Turn, after};
use super::super::ports::CalendarError;
use super::super::question::Question;
use super::super::{freeze, offer};
use super::{book, change, handoff, menu, proposal};
use crate::domain::{Asked, ChangeKind, Draft, For, Listing, Slot};
use crate::texts::Message;

/// A line of the list was chosen.
pub(in crate::turn) async fn pick(turn: &Turn<'_>, number: u8) -> Result<Draft, CalendarError> {
    let Question::List(asked) = Question::of(turn.snapshot) else { return Ok(menu::menu(turn)) };
    let at = usize::from(number).saturating_sub(1);
    match asked {
        Asked::Slots { slots, listing } => match slots.get(at) {
            Some(slot) => pick_slot(turn, slot, listing).await,
            None => ask_again(turn).await,
        },
        Asked::Days { days, listing } => match days.get(at) {
            Some(day) => {
                let (from, to) = (offer::start_of_day(turn, *day), offer::end_of_day(turn, *day));
                let slots = offer::between(turn, listing, from, to, offer::MOST).await?;
                if slots.is_empty() {
                    // The day filled up meanwhile.
                    let none = vec![Message::NoSlots { service: listing.service.name.clone() }];
                    return offer::days(turn, "day_full", none, listing.clone(), turn.snapshot.now).await;
                }
                Ok(offer::times(turn, "day", Vec::new(), listing.clone(), slots))
            }
            None => ask_again(turn).await,
        },
        Asked::Services { services, .. } => match services.get(at) {
            Some(service) => book::choose_day(turn, service.clone()).await,
            None => ask_again(turn).await,
        },
        Asked::Bookings { bookings, then } => match bookings.get(at) {
            Some(booking) => change::chosen(turn, booking.clone(), *then).await,
            None => ask_again(turn).await,
        },
        Asked::Booking { booking } => {
            let then = match number {
                1 => ChangeKind::Move,
                2 => ChangeKind::Cancel,
                _ => return Ok(turn.reply("kept", &[Message::Kept { visit: turn.visit(&booking.visit) }])),
            };
            change::chosen(turn, booking.clone(), Some(then)).await
        }
        Asked::Menu { .. } => match number {
            1 => book::choose_service(turn, 0).await,
            2 => change::my_bookings(turn).await,
            _ => Ok(handoff::requested(turn)),
        },
        Asked::Proposal { .. } | Asked::Done { .. } => Ok(menu::menu(turn)),
    }
}

async fn pick_slot(turn: &Turn<'_>, slot: &Slot, listing: &Listing) -> Result<Draft, CalendarError> {
    if let Some(held) = freeze::hold(turn, slot, &listing.purpose).await? {
        return Ok(freeze::propose(turn, "picked", Vec::new(), held, &listing.purpose));
    }
    let taken = Message::Taken { moving: matches!(listing.purpose, For::Moving { .. }) };
    let (listing, slots) = offer::instead_of(turn, &listing.purpose, &slot.visit).await?;
    Ok(offer::times(turn, "picked_taken", vec![taken], listing, slots))
}

/// The lines after those that were shown; at the end of all, the first ones again.
pub(in crate::turn) async fn more(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    let Question::List(asked) = Question::of(turn.snapshot) else { return Ok(menu::menu(turn)) };
    match asked {
        Asked::Slots { slots, listing } => {
            let last = slots.last().map_or(turn.snapshot.now, |slot| slot.visit.starts_at);
            let next = offer::next(turn, listing, after(last, std::time::Duration::from_secs(1))).await?;
            if next.is_empty() {
                return offer::days(turn, "more_days", Vec::new(), listing.clone(), turn.snapshot.now).await;
            }
            Ok(offer::times(turn, "more_times", Vec::new(), listing.clone(), next))
        }
        Asked::Days { days, listing } => {
            let from = days.last().map_or(turn.snapshot.now, |day| offer::end_of_day(turn, *day));
            offer::days(turn, "more_days", Vec::new(), listing.clone(), from).await
        }
        Asked::Services { services, offset } => book::choose_service(turn, offset + services.len()).await,
        _ => ask_again(turn).await,
    }
}

/// Enough of the list. Nothing was changed, and older appointments stay, which is said when the word was CANCEL.
pub(in crate::turn) async fn drop(turn: &Turn<'_>) -> Draft {
    if matches!(Question::of(turn.snapshot), Question::Proposal(_)) {
        return proposal::drop(turn).await;
    }
    let mut messages = vec![Message::Dropped {}];
    if turn.reading.word() == Some(Word::Cancel) {
        messages.extend(older_appointments(turn).await);
    }
    turn.reply("dropped", &messages)
}

/// That the appointments the customer has are not touched. Left out if the calendar cannot be asked: it is true all the same.
pub(in crate::turn) async fn older_appointments(turn: &Turn<'_>) -> Option<Message> {
    let bookings = turn.bookings().await.ok().filter(|bookings| !bookings.is_empty())?;
    Some(Message::OlderStays { bookings: turn.visits(&bookings) })
}

/// The answer did not fit: the same question again. A proposal that ran out meanwhile is looked at again first.
pub(in crate::turn) async fn ask_again(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    match Question::of(turn.snapshot) {
        Question::Proposal(open) if !open.is_fresh(turn.snapshot.now) => proposal::renew(turn).await,
        Question::Proposal(open) => {
            let greeted = turn.reading.word() == Some(Word::Greeting);
            let lead = if greeted { Message::Greeting { name: None } } else { Message::Unclear {} };
            let mut draft = turn.reply("asked_again", &[lead, proposal::message(turn, &open.change)]);
            draft.asked = Some(Asked::Proposal { id: open.id });
            Ok(draft)
        }
        Question::List(asked) => {
            let mut draft = turn.reply("asked_again", &[Message::PickNumber {}, list(turn, asked)]);
            draft.asked = Some(asked.clone());
            Ok(draft)
        }
        _ => Ok(menu::menu(turn)),
    }
}

/// Something that had to be said beside what was asked. A proposal is asked again behind it, since a yes counts only for the
/// last thing asked; a list can still be picked from.
pub(in crate::turn) fn beside_the_question(turn: &Turn<'_>, rule: &'static str, message: Message) -> Draft {
    match Question::of(turn.snapshot) {
        Question::Proposal(open) if open.is_fresh(turn.snapshot.now) => {
            let mut draft = turn.reply(rule, &[message, proposal::message(turn, &open.change)]);
            draft.asked = Some(Asked::Proposal { id: open.id });
            draft
        }
        Question::List(asked) | Question::Done(asked) => {
            let mut draft = turn.reply(rule, &[message]);
            draft.asked = Some(asked.clone());
            draft
        }
        _ => turn.reply(rule, &[message]),
    }
}

/// A list as it was shown.
fn list(turn: &Turn<'_>, asked: &Asked) -> Message {
    match asked {
        Asked::Slots { slots, listing } => {
            Message::Slots { service: listing.service.name.clone(), slots: turn.slots(slots) }
        }
        Asked::Days { days, listing } => {
            Message::Days { service: listing.service.name.clone(), days: offer::day_names(turn, days) }
        }
        Asked::Services { services, offset } => {
            book::services(services, *offset > 0 || services.len() == book::PAGE)
        }
        Asked::Bookings { bookings, then } => {
            Message::WhichBooking { bookings: turn.visits(bookings), then: *then }
        }
        Asked::Booking { booking } => Message::BookingActions { visit: turn.visit(&booking.visit) },
        Asked::Menu { .. } | Asked::Proposal { .. } | Asked::Done { .. } => turn.menu(),
    }
}
