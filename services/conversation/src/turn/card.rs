use std::fmt::Write as _;

use jiff::ToSpan;

use super::context::Turn;
use super::findings::Findings;
use super::flows::menu::first_name;
use super::question::Question;
use crate::domain::{Asked, Change};

/// So many days are spelled out, because models get dates wrong.
const DAYS: i32 = 14;

/// What changes from turn to turn: now, the days ahead, what is open. Stands next to the newest message, so that all before
/// it stays the same from call to call.
pub(super) fn card(turn: &Turn<'_>, findings: &Findings) -> String {
    let mut card = String::from("# Now\n");
    let now = turn.snapshot.now.to_zoned(turn.snapshot.tenant.time_zone.clone());
    let _ = writeln!(
        card,
        "{} {} {:02}:{:02}, local time of the business.",
        name(now.date()),
        now.date(),
        now.hour(),
        now.minute()
    );
    let days: Vec<_> = (0..DAYS)
        .filter_map(|ahead| now.date().checked_add(ahead.days()).ok())
        .enumerate()
        .map(|(ahead, day)| match ahead {
            0 => format!("today {} {day}", name(day)),
            1 => format!("tomorrow {} {day}", name(day)),
            _ => format!("{} {day}", name(day)),
        })
        .collect();
    let _ = writeln!(card, "Days: {}", days.join(", "));
    let _ = writeln!(card, "Answer in {}.", turn.language.name());
    if let Some(name) = turn.snapshot.conversation.customer_name.as_deref().and_then(first_name) {
        let _ = writeln!(card, "The customer calls themselves: {name}");
    }
    if findings.bookings.is_empty() {
        card.push_str("Bookings of the customer: none\n");
    } else {
        card.push_str("Bookings of the customer:\n");
        for (at, booking) in findings.bookings.iter().enumerate() {
            let _ = writeln!(
                card,
                "B{}: {} {} with {}",
                at + 1,
                booking.visit.service,
                local(turn, booking.visit.starts_at),
                booking.visit.staff
            );
        }
    }
    let _ =
        writeln!(card, "Open proposal: {}", proposal(turn, findings).unwrap_or_else(|| "none".to_owned()));
    if let Question::List(Asked::Slots { slots, .. }) = Question::of(turn.snapshot) {
        card.push_str("Times the customer was shown last:\n");
        for (at, slot) in slots.iter().enumerate() {
            let _ = writeln!(
                card,
                "{}: {} with {}, handle {}",
                at + 1,
                local(turn, slot.visit.starts_at),
                slot.visit.staff,
                slot.handle
            );
        }
    }
    card
}

fn proposal(turn: &Turn<'_>, findings: &Findings) -> Option<String> {
    let proposal = turn
        .snapshot
        .open_proposal
        .as_ref()
        .filter(|proposal| !findings.withdrawn && proposal.is_fresh(turn.snapshot.now))?;
    let visit = proposal.change.visit();
    let what = match &proposal.change {
        Change::Book { .. } => "book",
        Change::Move { .. } => "move an appointment to",
        Change::Cancel { .. } => "cancel",
    };
    Some(format!(
        "{what} {} {} with {}; waits for the customer's yes or no",
        visit.service,
        local(turn, visit.starts_at),
        visit.staff
    ))
}

pub(super) fn local(turn: &Turn<'_>, at: jiff::Timestamp) -> String {
    turn.snapshot.tenant.time_zone.to_datetime(at).strftime("%a %Y-%m-%d %H:%M").to_string()
}

fn name(day: jiff::civil::Date) -> impl std::fmt::Display {
    day.strftime("%a").to_string()
}
