//! A new appointment: service, slots, proposal.

use serde_json::json;

use super::arguments;
use super::intent::{self, Intent};
use super::language::Language;
use super::phrases::Phrase;
use super::results::Outcome;
use super::say;
use super::view::{Pick, View};
use super::when::When;
use crate::model::answer::Answer;

/// The next step.
pub(super) fn next(view: &View<'_>) -> Answer {
    match view.last_done() {
        None => begin(view),
        Some(outcome) if outcome.tool == "find_slots" => after_search(view, outcome, wanted(view), propose),
        Some(outcome) if outcome.tool == "propose_booking" => after_proposal(view, outcome),
        Some(_) => say(view, Phrase::Trouble),
    }
}

fn propose(handle: &str) -> Answer {
    Answer::calls("propose_booking", json!({"handle": handle}))
}

fn begin(view: &View<'_>) -> Answer {
    match view.pick() {
        Pick::Slot(handle) => return propose(&handle),
        Pick::Several => return say(view, Phrase::WhichDay),
        Pick::Look(_) | Pick::Nothing => {}
    }
    let Some(service) = view.service() else {
        let (or, end) = if view.language == Language::Spanish { ("o", "?") } else { ("or", "?") };
        let question = Phrase::AskService.text(view.language);
        return Answer::says(format!("{question} {}{end}", view.services.names(or)));
    };
    arguments::find_slots(view, service, &wanted(view))
}

/// The wish to look for: a line of the list that was picked, the words, or what follows what was refused.
pub(super) fn wanted(view: &View<'_>) -> When {
    if let Pick::Look(line) = view.pick() {
        return line;
    }
    let wish = view.wish();
    let refused = intent::of(&view.words) == Intent::No && wish.is_open();
    let last_day = view.offered().iter().filter_map(|slot| slot.date).max();
    let after = last_day.and_then(|day| day.tomorrow().ok()).filter(|_| refused);
    match after {
        Some(from) => When { span: Some((from, view.calendar.last().unwrap_or(from).max(from))), ..wish },
        None if wish.is_open() => earlier_wish(view),
        None => wish,
    }
}

/// A day said before the service was asked for still holds.
fn earlier_wish(view: &View<'_>) -> When {
    let answered = view.services.named(&view.words).is_some();
    let before = view.earlier.first().filter(|_| answered && view.offered().is_empty());
    before.map(|words| When::read(words, &view.calendar)).unwrap_or_default()
}

/// Slots were looked for: take the one that was wanted, or show what there is.
pub(super) fn after_search(
    view: &View<'_>,
    outcome: &Outcome,
    wish: When,
    propose: impl Fn(&str) -> Answer,
) -> Answer {
    let slots = outcome.slots(&view.calendar);
    let narrowed =
        ["from", "to", "part_of_day", "staff"].iter().any(|name| outcome.arguments.get(name).is_some());
    let first_time = view.times("find_slots") == 1;
    if (outcome.failed() || slots.is_empty()) && narrowed && first_time {
        let service = outcome.arguments["service"].as_str().unwrap_or_default();
        return arguments::find_slots(view, service, &When::default());
    }
    if outcome.failed() {
        return say(view, Phrase::Trouble);
    }
    let fits = |slot: &&super::results::Slot| wish.clock.is_some() && slot.fits(&wish);
    let proposed = view.done.iter().any(|done| done.tool.starts_with("propose_"));
    match (slots.iter().find(fits), slots.first()) {
        _ if proposed => say(view, Phrase::SlotGone),
        (_, None) => say(view, Phrase::NothingFree),
        (Some(slot), _) => propose(&slot.handle),
        (None, Some(slot)) if wish.soonest => propose(&slot.handle),
        (None, Some(_)) if wish.clock.is_some() || !first_time => say(view, Phrase::TimeNotFree),
        (None, Some(_)) => say(view, Phrase::SlotsFollow),
    }
}

fn after_proposal(view: &View<'_>, outcome: &Outcome) -> Answer {
    if !outcome.failed() {
        return say(view, Phrase::PleaseCheck);
    }
    match view.service() {
        Some(service) if view.times("find_slots") == 0 => {
            arguments::find_slots(view, service, &When::default())
        }
        _ => say(view, Phrase::SlotGone),
    }
}
