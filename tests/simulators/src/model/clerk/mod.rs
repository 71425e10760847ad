//! The clerk: a rule-based receptionist who is good at the job.
//!
//! It reads the tools, the facts and the results from the request as a model would, and knows nothing else.
//! It never says that something is booked: it proposes, and the product asks the customer.

mod arguments;
mod book;
mod calendar;
mod cancel;
mod clock;
mod intent;
mod language;
mod phrases;
mod picks;
mod reschedule;
mod results;
mod services;
mod view;
mod when;
mod wordlists;
mod words;

use serde_json::json;

use super::answer::Answer;
use super::brain::Brain;
use super::request::ChatRequest;
use intent::Intent;
use phrases::Phrase;
use view::View;

/// More calls than this in one turn lead nowhere.
const CALLS_IN_A_TURN: usize = 6;

/// The rule-based receptionist.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clerk;

impl Brain for Clerk {
    fn answer(&self, request: &ChatRequest) -> Result<Answer, String> {
        let view = View::of(request);
        Ok(if view.done.len() >= CALLS_IN_A_TURN { say(&view, Phrase::Trouble) } else { decide(&view) })
    }
}

fn decide(view: &View<'_>) -> Answer {
    if let Some(switch) = arguments::set_reply_language(view) {
        return switch;
    }
    match intent::of(&view.words) {
        Intent::Book => book::next(view),
        Intent::Move => reschedule::next(view),
        Intent::Cancel => cancel::next(view),
        Intent::List => list(view),
        Intent::Question => look_up(view),
        Intent::Person => hand_off(
            view,
            &["person", "request", "customer", "human", "asked"],
            "The customer asks for a person.",
        ),
        Intent::Complaint => {
            hand_off(view, &["complaint", "complain", "request", "person"], "The customer complains.")
        }
        Intent::KeepIt => say(view, Phrase::KeptAsIs),
        Intent::NotYours => say(view, Phrase::NotYours),
        Intent::Clinical => say(view, Phrase::NoAdvice),
        Intent::Robot => say(view, Phrase::Assistant),
        Intent::OffTopic => say(view, Phrase::OffTopic),
        Intent::Thanks if !view.has_details() => say(view, Phrase::Welcome),
        Intent::Greeting if !view.has_details() => say(view, Phrase::Greeting),
        Intent::Thanks | Intent::Greeting | Intent::Yes | Intent::No | Intent::Other => go_on(view),
    }
}

/// Details, a yes or a no: what they are about stands before them.
fn go_on(view: &View<'_>) -> Answer {
    let (intent, goal) = (intent::of(&view.words), view.goal());
    let in_progress = view.last_done().is_some();
    if in_progress || view.has_details() {
        return pursue(view, goal.unwrap_or(Intent::Book));
    }
    match (intent, view.last_proposal()) {
        // The product takes a plain yes itself; one that reaches the clerk is put before the customer again.
        (Intent::Yes, Some(proposal)) => Answer::calls(&proposal.tool, proposal.arguments.clone()),
        (Intent::Yes, None) if view.proposal_is_open() => say(view, Phrase::PleaseCheck),
        (Intent::No, proposal) if proposal.is_some() || view.proposal_is_open() => {
            Answer::calls("withdraw_proposal", json!({}))
        }
        (Intent::Yes, None) if view.is_choosing() && view.offered().len() > 1 => say(view, Phrase::WhichSlot),
        (Intent::Yes | Intent::No, _) if goal.is_some() || asked_for_a_wish(view) => {
            pursue(view, goal.unwrap_or(Intent::Book))
        }
        (Intent::No, _) => say(view, Phrase::KeptAsIs),
        _ if view.offered().len() > 1 => say(view, Phrase::WhichSlot),
        _ => say(view, Phrase::Unclear),
    }
}

fn pursue(view: &View<'_>, goal: Intent) -> Answer {
    if view.last_done().is_some_and(|outcome| outcome.tool == "withdraw_proposal") {
        return say(view, Phrase::Withdrawn);
    }
    match goal {
        Intent::Move => reschedule::next(view),
        Intent::Cancel => cancel::next(view),
        _ => book::next(view),
    }
}

/// The last reply asked whether an appointment is wanted.
fn asked_for_a_wish(view: &View<'_>) -> bool {
    let asked = [Phrase::Greeting, Phrase::NoBookings, Phrase::NothingFree, Phrase::NoAdvice];
    asked.iter().any(|phrase| view.last_reply.contains(phrase.text(view.language)))
}

fn list(view: &View<'_>) -> Answer {
    let Some(outcome) = view.last_done() else {
        return Answer::calls("list_my_bookings", json!({}));
    };
    let bookings = outcome.bookings();
    if outcome.failed() {
        say(view, Phrase::Trouble)
    } else if bookings.is_empty() {
        say(view, Phrase::NoBookings)
    } else {
        say_list(view, Phrase::TheseBookings, bookings.iter().map(|booking| booking.label.as_str()))
    }
}

fn look_up(view: &View<'_>) -> Answer {
    match view.last_done() {
        None if view.request.tool("search_knowledge").is_some() => {
            Answer::calls("search_knowledge", json!({"query": view.text}))
        }
        Some(outcome) if !outcome.snippets().is_empty() => {
            Answer::says(outcome.snippets().into_iter().take(2).collect::<Vec<_>>().join("\n"))
        }
        _ => say(view, Phrase::NotKnown),
    }
}

fn hand_off(view: &View<'_>, reasons: &[&str], summary: &str) -> Answer {
    match view.last_done() {
        None if view.request.tool("ask_handoff").is_some() => arguments::ask_handoff(view, reasons, summary),
        Some(outcome) if !outcome.failed() => say(view, Phrase::Colleague),
        _ => say(view, Phrase::Trouble),
    }
}

fn say(view: &View<'_>, phrase: Phrase) -> Answer {
    Answer::says(phrase.text(view.language))
}

fn say_list<'a>(view: &View<'_>, phrase: Phrase, items: impl Iterator<Item = &'a str>) -> Answer {
    let lines = items.map(|item| format!("\n- {item}")).collect::<String>();
    Answer::says(format!("{}{lines}", phrase.text(view.language)))
}
