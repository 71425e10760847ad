use tokio::time::Instant;

use super::context::{Turn, after};
use super::flows::{accept, change, danger, handoff, list, media, menu, opt_out, proposal, undo};
use super::ports::CalendarError;
use super::reading::Reading;
use super::route::{Ai, decide};
use super::{Ports, agent, injection};
use crate::domain::{Draft, Flag, HandoffReason, MenuCause, Owner, Route, Say, SayClass, Silence, Snapshot};
use crate::texts::Message;
use lexicon::Word;

/// Answers a snapshot, by `deadline` at the latest. Never fails: what cannot be answered is said to be so.
pub async fn answer(snapshot: &Snapshot, ports: &Ports, deadline: Instant) -> Draft {
    let turn = Turn::new(snapshot, ports, Reading::of(snapshot), routed(snapshot, ports), deadline);
    let mut draft = match dispatch(&turn).await {
        Ok(draft) => draft,
        Err(_) => menu::calendar_down(&turn),
    };
    if injection::is_suspected(&turn.reading.text) {
        draft.stats.flags.push(Flag::InjectionSuspected);
    }
    turn.finish(draft)
}

/// Whether [`answer`] would read [`Snapshot::history`]: fill it in first. Most turns are answered without.
pub fn wants_history(snapshot: &Snapshot, ports: &Ports) -> bool {
    matches!(routed(snapshot, ports), Route::Ai | Route::Menu { .. } | Route::AskAgain)
}

/// Whether [`answer`] would ask a model, so that the customer waits for seconds.
pub fn asks_a_model(snapshot: &Snapshot, ports: &Ports) -> bool {
    matches!(routed(snapshot, ports), Route::Ai)
}

/// What is said to somebody who waits for a model's answer, of use until that has had its time. None where no model is asked.
pub fn moment(snapshot: &Snapshot, ports: &Ports) -> Option<Say> {
    if !asks_a_model(snapshot, ports) {
        return None;
    }
    let turn = Turn::new(snapshot, ports, Reading::of(snapshot), Route::Ai, Instant::now());
    let say = turn.say(turn.words(&[Message::Moment {}]), SayClass::Reply);
    Some(Say { not_after: after(snapshot.now, snapshot.agent.deadline), ..say })
}

/// Whether more of the same may be on its way, so that waiting a moment gives one answer to all of it. Buttons, commands,
/// answers to a question and dangers are whole by themselves.
pub fn is_patient(snapshot: &Snapshot) -> bool {
    let reading = Reading::of(snapshot);
    let at_once = reading.danger.is_some() || reading.opt_out || reading.echo || reading.press.is_some();
    !at_once && !matches!(reading.word(), Some(word) if !matches!(word, Word::Greeting | Word::Thanks))
}

/// What is said when a turn has failed for good: an apology, and a person is asked for.
pub fn apologise(snapshot: &Snapshot, ports: &Ports) -> Draft {
    let route = decide(snapshot, &Reading::of(snapshot), ports.rules.stale_after, Ai::Off(MenuCause::AiOff));
    let turn = Turn::new(snapshot, ports, Reading::of(snapshot), route, Instant::now());
    let draft = match snapshot.conversation.owner {
        Owner::Human => turn.silence("apology"),
        Owner::Bot | Owner::WaitingHuman => handoff::stuck(&turn, "apology", HandoffReason::Stuck),
    };
    turn.finish(draft)
}

fn routed(snapshot: &Snapshot, ports: &Ports) -> Route {
    decide(snapshot, &Reading::of(snapshot), ports.rules.stale_after, ai(snapshot, ports))
}

fn ai(snapshot: &Snapshot, ports: &Ports) -> Ai {
    if snapshot.agent.model.is_none() || ports.models.is_empty() {
        Ai::Off(MenuCause::AiOff)
    } else if ports.models.any_admits(ports.clock.now()) {
        Ai::Ready
    } else {
        Ai::Off(MenuCause::BreakerOpen)
    }
}

async fn dispatch(turn: &Turn<'_>) -> Result<Draft, CalendarError> {
    Ok(match turn.route.clone() {
        Route::RedFlag { danger } => danger::warn(turn, danger),
        Route::OptOut => opt_out::confirm(turn),
        Route::TakenOver => handoff::taken_over(turn),
        Route::Silent { why } => silent(turn, why),
        Route::Late => handoff::late(turn),
        Route::Accept => accept::accept(turn),
        Route::Renew => proposal::renew(turn).await?,
        Route::Reject { offer_others } => proposal::reject(turn, offer_others).await,
        Route::AskAgain => list::ask_again(turn).await?,
        Route::Pick { number } => list::pick(turn, number).await?,
        Route::More => list::more(turn).await?,
        Route::Drop => list::drop(turn).await,
        Route::Undo => undo::undo(turn).await?,
        Route::Declined => change::declined(turn).await?,
        Route::Reminded { booking, cancel } => change::reminded(turn, booking, cancel).await?,
        Route::Outdated => menu::outdated(turn),
        Route::Command { word } => command(turn, word).await?,
        Route::Unreadable { what } => media::hint(turn, what),
        Route::Menu { cause } => menu::instead_of_a_model(turn, cause),
        Route::Ai => agent::answer(turn).await,
    })
}

fn silent(turn: &Turn<'_>, why: Silence) -> Draft {
    let rule = match why {
        Silence::HumanOwned => "human_owned",
        Silence::Nothing => "nothing_to_answer",
        Silence::Pleasantry => "pleasantry",
        Silence::AlreadyDone => "already_done",
        Silence::TwoBots => "two_bots",
    };
    let mut draft = turn.silence(rule);
    if why == Silence::TwoBots {
        draft.stats.flags.push(Flag::TwoBots);
    }
    draft
}

async fn command(turn: &Turn<'_>, word: Word) -> Result<Draft, CalendarError> {
    Ok(match word {
        Word::Cancel => change::cancel(turn).await?,
        Word::Reschedule => change::reschedule(turn).await?,
        Word::Confirm => change::confirm(turn).await?,
        Word::Keep => change::keep(turn).await?,
        Word::Person => handoff::requested(turn),
        Word::Start | Word::Menu => menu::menu(turn),
        Word::Quit => menu::quit(turn),
        Word::Robot => menu::robot(turn),
        Word::Greeting | Word::Thanks | Word::Yes | Word::Ok | Word::No | Word::Number(_) => {
            menu::greeting(turn)
        }
    })
}
