//! Which rule answers. Pure; the order of the rules is the order of the code.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lexicon::Word;

use super::button::Press;
use super::question::Question;
use super::reading::Reading;
use super::{taps, two_bots};
use crate::domain::{Asked, ChangeKind, For, MenuCause, Owner, Proposal, Route, Silence, Snapshot};

/// Whether a model can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ai {
    /// Yes.
    Ready,
    /// No.
    Off(MenuCause),
}

/// Providers' clocks know whole seconds only.
const WHOLE_SECONDS: SignedDuration = SignedDuration::from_secs(2);

/// How these items are to be answered. Messages older than `stale_after` go to staff.
pub fn route(snapshot: &Snapshot, stale_after: Duration, ai: Ai) -> Route {
    decide(snapshot, &Reading::of(snapshot), stale_after, ai)
}

pub(super) fn decide(snapshot: &Snapshot, reading: &Reading, stale_after: Duration, ai: Ai) -> Route {
    let silent = |why| Route::Silent { why };
    if let Some(danger) = reading.danger {
        return Route::RedFlag { danger };
    }
    if reading.opt_out {
        return Route::OptOut;
    }
    if reading.echo {
        return Route::TakenOver;
    }
    if snapshot.conversation.owner == Owner::Human {
        return silent(Silence::HumanOwned);
    }
    if reading.is_empty() && !reading.reaction {
        return silent(Silence::Nothing);
    }
    let waiting = snapshot.conversation.owner == Owner::WaitingHuman;
    if is_late(snapshot, reading, stale_after) {
        return if waiting { silent(Silence::HumanOwned) } else { Route::Late };
    }
    let route = route_of_words(snapshot, reading, ai);
    if waiting && !may_be_answered_while_waiting(&route) { silent(Silence::HumanOwned) } else { route }
}

fn route_of_words(snapshot: &Snapshot, reading: &Reading, ai: Ai) -> Route {
    let question = Question::of(snapshot);
    if let Some(press) = reading.press {
        return pressed(press, snapshot);
    }
    if reading.text.is_empty() && reading.unreadable.is_none() {
        // Only a reaction. On which message is not known here, so it never is a yes; beside a proposal it is worth asking.
        return match question {
            Question::Proposal(_) => Route::AskAgain,
            _ => Route::Silent { why: Silence::Nothing },
        };
    }
    if reading.text.is_empty()
        && let Some(what) = reading.unreadable
    {
        return Route::Unreadable { what };
    }
    if let Some(route) =
        answered(question, snapshot, reading, ai).or_else(|| command(question, snapshot, reading))
    {
        return route;
    }
    if two_bots::talk(snapshot, &reading.text) {
        return Route::Silent { why: Silence::TwoBots };
    }
    match (ai, question) {
        (Ai::Ready, _) => Route::Ai,
        (Ai::Off(_), Question::Proposal(_)) => Route::AskAgain,
        (Ai::Off(_), Question::List(asked)) if !matches!(asked, Asked::Menu { .. }) => Route::AskAgain,
        (Ai::Off(cause), _) => Route::Menu { cause },
    }
}

fn pressed(press: Press, snapshot: &Snapshot) -> Route {
    let id = match press {
        Press::Yes(id) | Press::No(id) => id,
        Press::Pick(mark) => return picked(mark, snapshot),
        Press::Confirm(booking) => return Route::Reminded { booking, cancel: false },
        Press::Cancel(booking) => return Route::Reminded { booking, cancel: true },
    };
    let open = snapshot.open_proposal.as_ref().filter(|proposal| proposal.id == id);
    match (press, open) {
        (Press::Yes(_), Some(proposal)) if proposal.is_fresh(snapshot.now) => Route::Accept,
        (Press::Yes(_), Some(_)) => Route::Renew,
        (Press::No(_), Some(proposal)) => {
            Route::Reject { offer_others: proposal.change.kind() != ChangeKind::Cancel }
        }
        // A second press on what was done is no new wish.
        (Press::Yes(_), None) if was_done(snapshot, id) => Route::Silent { why: Silence::AlreadyDone },
        (Press::No(_), None) if was_done(snapshot, id) => Route::Undo,
        _ => Route::Outdated,
    }
}

/// A tap on a line counts while the line is on the list that was last asked.
fn picked(mark: u64, snapshot: &Snapshot) -> Route {
    match Question::of(snapshot) {
        Question::List(asked) => {
            taps::place(asked, mark).map_or(Route::Outdated, |number| Route::Pick { number })
        }
        _ => Route::Outdated,
    }
}

fn was_done(snapshot: &Snapshot, id: ids::ProposalId) -> bool {
    matches!(&snapshot.conversation.last_asked, Some(Asked::Done { proposal, .. }) if *proposal == id)
}

/// Whether the words answer what was asked.
fn answered(question: Question<'_>, snapshot: &Snapshot, reading: &Reading, ai: Ai) -> Option<Route> {
    match question {
        Question::None | Question::InWords => None,
        Question::Proposal(proposal) => to_proposal(proposal, snapshot, reading),
        Question::List(asked) => to_list(asked, reading, ai),
        Question::Done(asked) => to_done(asked, reading),
        Question::Reminder => match reading.word()? {
            word if word.is_yes() || word == Word::Number(1) => Some(Route::Command { word: Word::Confirm }),
            Word::No => Some(Route::Declined),
            _ => None,
        },
    }
}

fn to_proposal(proposal: &Proposal, snapshot: &Snapshot, reading: &Reading) -> Option<Route> {
    if reading.words.is_empty() {
        return None;
    }
    let kind = proposal.change.kind();
    if agrees(&reading.words, kind) {
        return Some(if proposal.is_fresh(snapshot.now) { Route::Accept } else { Route::Renew });
    }
    match (reading.word(), kind) {
        (Some(Word::Person | Word::Menu | Word::Start | Word::Robot), _) => None,
        (Some(Word::No | Word::Keep), ChangeKind::Cancel) => Some(Route::Reject { offer_others: false }),
        (Some(Word::No | Word::Reschedule), _) if kind != ChangeKind::Cancel => {
            Some(Route::Reject { offer_others: true })
        }
        (Some(Word::Cancel), ChangeKind::Book | ChangeKind::Move) | (Some(Word::Quit), _) => {
            Some(Route::Drop)
        }
        (Some(Word::Reschedule), ChangeKind::Cancel) => None,
        _ => Some(Route::AskAgain),
    }
}

/// An explicit yes and nothing that speaks against it. "Yes, cancel it" is a yes to cancelling, and to nothing else.
fn agrees(words: &[Word], kind: ChangeKind) -> bool {
    let yes = |word: &Word| word.is_yes() || *word == Word::Number(1);
    let fits = |word: &Word| match word {
        Word::Thanks | Word::Greeting => true,
        Word::Cancel => kind == ChangeKind::Cancel,
        Word::Reschedule => kind == ChangeKind::Move,
        word => yes(word),
    };
    words.iter().any(yes) && words.iter().all(fits)
}

fn to_list(asked: &Asked, reading: &Reading, ai: Ai) -> Option<Route> {
    if let Asked::Slots { listing, .. } = asked
        && listing.purpose == For::Undecided
        && ai == Ai::Ready
        && matches!(reading.word(), Some(Word::Number(1..)))
    {
        // Whether to move or to book is in what was said before, and the model has read that.
        return None;
    }
    if let Asked::Services { services, .. } = asked {
        let said = lexicon::normalise(&reading.text);
        if let Some(at) = services.iter().position(|service| lexicon::normalise(&service.name) == said) {
            return u8::try_from(at + 1).ok().map(|number| Route::Pick { number });
        }
    }
    let word = reading.word()?;
    let lines = lines(asked);
    if let Word::Number(number) = word {
        return match number {
            0 if matches!(asked, Asked::Slots { .. } | Asked::Days { .. } | Asked::Services { .. }) => {
                Some(Route::More)
            }
            number if (1..=lines).contains(&usize::from(number)) => Some(Route::Pick { number }),
            // "10" below six times may well be ten o'clock.
            _ => None,
        };
    }
    match (asked, word) {
        (Asked::Menu { .. }, _) => None,
        (_, Word::Quit) => Some(Route::Drop),
        (Asked::Booking { .. }, Word::Reschedule) => Some(Route::Pick { number: 1 }),
        (Asked::Booking { .. }, Word::Cancel) => Some(Route::Pick { number: 2 }),
        (Asked::Booking { .. }, Word::Keep | Word::No) => Some(Route::Pick { number: 3 }),
        (Asked::Slots { .. } | Asked::Days { .. }, Word::No) => Some(Route::More),
        (_, Word::No) => Some(Route::Drop),
        (Asked::Slots { .. } | Asked::Days { .. } | Asked::Services { .. }, Word::Cancel) => {
            Some(Route::Drop)
        }
        (Asked::Bookings { then: Some(ChangeKind::Cancel), .. }, Word::Cancel) => Some(Route::AskAgain),
        (_, word) if word.is_yes() && lines == 1 => Some(Route::Pick { number: 1 }),
        (_, word) if word.is_yes() => Some(Route::AskAgain),
        _ => None,
    }
}

fn lines(asked: &Asked) -> usize {
    match asked {
        Asked::Slots { slots, .. } => slots.len(),
        Asked::Days { days, .. } => days.len(),
        Asked::Services { services, .. } => services.len(),
        Asked::Bookings { bookings, .. } => bookings.len(),
        Asked::Booking { .. } | Asked::Menu { .. } => 3,
        Asked::Proposal { .. } | Asked::Done { .. } => 0,
    }
}

/// Right after something was done, a second yes is an echo of the first, and a no wants it undone.
fn to_done(asked: &Asked, reading: &Reading) -> Option<Route> {
    let Asked::Done { kind, .. } = asked else { return None };
    let all = |fits: &dyn Fn(&Word) -> bool| !reading.words.is_empty() && reading.words.iter().all(fits);
    let again = |word: &Word| {
        let same = (*kind == ChangeKind::Cancel && *word == Word::Cancel)
            || (*kind == ChangeKind::Move && *word == Word::Reschedule);
        word.is_yes() || same || matches!(word, Word::Thanks | Word::Number(1))
    };
    if all(&again) {
        return Some(Route::Silent { why: Silence::AlreadyDone });
    }
    all(&|word| matches!(word, Word::No | Word::Cancel | Word::Quit | Word::Thanks)).then_some(Route::Undo)
}

/// Words that are commands by themselves, whatever was asked.
fn command(question: Question<'_>, snapshot: &Snapshot, reading: &Reading) -> Option<Route> {
    match reading.word()? {
        // "Ok" to a model's own question is an answer, and a yes or a number always is one.
        Word::Ok if question == Question::InWords => None,
        Word::Ok | Word::Thanks if snapshot.conversation.first_contact => {
            Some(Route::Command { word: Word::Greeting })
        }
        Word::Ok | Word::Thanks => Some(Route::Silent { why: Silence::Pleasantry }),
        Word::Yes | Word::No | Word::Number(_) => None,
        word => Some(Route::Command { word }),
    }
}

/// Somebody was asked for and is not here yet: what needs no judgement still works, anything in free words is theirs.
fn may_be_answered_while_waiting(route: &Route) -> bool {
    match route {
        Route::Command { word } => {
            matches!(
                word,
                Word::Cancel
                    | Word::Confirm
                    | Word::Keep
                    | Word::Reschedule
                    | Word::Person
                    | Word::Menu
                    | Word::Start
            )
        }
        Route::Unreadable { .. } | Route::Menu { .. } | Route::Ai => false,
        _ => true,
    }
}

/// Too old for an automatic answer, or fetched after something else had been said meanwhile: a person reads it.
fn is_late(snapshot: &Snapshot, reading: &Reading, stale_after: Duration) -> bool {
    let fetched = snapshot.items.iter().any(|item| item.late);
    reading.written_at.is_some_and(|at| {
        let since = |said: Timestamp| said.duration_since(at) > WHOLE_SECONDS;
        let spoken_since = snapshot.last_said.as_ref().is_some_and(|said| since(said.at));
        (fetched && spoken_since)
            || Duration::try_from(snapshot.now.duration_since(at)).is_ok_and(|age| age > stale_after)
    })
}
