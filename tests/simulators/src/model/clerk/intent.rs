//! What a customer wants, by the words.

use super::wordlists::{
    ASKS_WHEN, BOOK, BUSINESS, CANCEL, CANNOT_COME, CLINICAL, COMPLAINT, GREETING, KEEP, LIST, MOVE, NO,
    NO_FIRST, OFF_TOPIC, OTHERS, PERSON, ROBOT, TAKEOVER, THANKS, WANTS_ONE, YES,
};
use super::words::Words;

/// What the newest words ask for by themselves, without the conversation before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    Book,
    Move,
    Cancel,
    /// "Don't cancel": everything stays.
    KeepIt,
    /// Which bookings are there.
    List,
    /// Somebody else's booking.
    NotYours,
    Person,
    Complaint,
    /// A question about the business.
    Question,
    /// A question that only a clinician may answer.
    Clinical,
    Robot,
    /// Nothing a front desk does.
    OffTopic,
    Greeting,
    Thanks,
    Yes,
    No,
    /// None of these: details, or something not understood.
    Other,
}

/// An intent and the words that show it.
type Rule = (Intent, fn(&Words) -> bool);

/// The first rule that fits decides; the order is the meaning.
pub(super) fn of(words: &Words) -> Intent {
    let rules: [Rule; 16] = [
        (Intent::OffTopic, |words| words.has(TAKEOVER)),
        (Intent::KeepIt, |words| words.has(KEEP)),
        (Intent::Robot, |words| words.has(ROBOT)),
        (Intent::Complaint, |words| words.has(COMPLAINT)),
        (Intent::Person, |words| words.has(PERSON) || words.len() <= 3 && words.has(&["person"])),
        (Intent::Clinical, |words| words.has(CLINICAL)),
        (Intent::NotYours, |words| words.has(OTHERS) && words.has(ASKS_WHEN)),
        (Intent::Move, wants_to_move),
        (Intent::Cancel, |words| words.has(CANCEL) || words.has(CANNOT_COME)),
        (Intent::List, |words| words.has(LIST)),
        (Intent::OffTopic, |words| words.has(OFF_TOPIC)),
        (Intent::Question, |words| words.has(BUSINESS) && !words.has(WANTS_ONE)),
        (Intent::Book, |words| words.has(BOOK)),
        (Intent::Thanks, |words| words.len() <= 6 && words.has(THANKS)),
        (Intent::Greeting, |words| words.len() <= 4 && GREETING.iter().any(|word| words.get(0) == *word)),
        (Intent::Question, |words| words.has(BUSINESS)),
    ];
    let found = rules.into_iter().find(|(_, fits)| fits(words)).map(|(intent, _)| intent);
    found.unwrap_or_else(|| answer(words))
}

/// Yes and no, when they stand at the beginning.
fn answer(words: &Words) -> Intent {
    if YES.contains(&words.get(0)) {
        Intent::Yes
    } else if words.has(NO) || NO_FIRST.contains(&words.get(0)) {
        Intent::No
    } else {
        Intent::Other
    }
}

fn wants_to_move(words: &Words) -> bool {
    if words.has(MOVE) {
        return true;
    }
    let other_time = words.has(&[
        "another time",
        "another day",
        "different time",
        "different day",
        "otra hora",
        "otro dia",
        "instead",
    ]);
    let has_one =
        words.has(&["my appointment", "my booking", "mi cita", "mi reserva"]) || words.has(CANNOT_COME);
    other_time && has_one
}
