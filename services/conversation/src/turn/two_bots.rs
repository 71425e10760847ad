use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Author, Snapshot};

/// So many times the same words, each time faster than a person types …
const ROUNDS: usize = 3;
/// … are a machine's.
const FASTER_THAN_A_PERSON: Duration = Duration::from_secs(2);

/// So many answers …
const MOST_ANSWERS: usize = 10;
/// … within this time nobody needs who reads them.
const A_MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// Whether the other side is a machine that answers our answers: the same text again, each time within two seconds; or whatever it
/// says, but more of it in a minute than a person would read. Left alone, it falls silent.
pub(super) fn talk(snapshot: &Snapshot, text: &str) -> bool {
    let said = lexicon::normalise(text);
    let Some(newest) = snapshot.items.last() else { return false };
    let answers = snapshot.history.iter().filter(|line| line.author == Author::Assistant);
    if answers.filter(|line| newest.received_at.duration_since(line.at) < A_MINUTE).count() >= MOST_ANSWERS {
        return true;
    }
    let mut answered_at = newest.received_at;
    let mut rounds = 0;
    for pair in snapshot.history.rchunks(2) {
        let [theirs, ours] = pair else { return false };
        let repeats = theirs.author == Author::Customer
            && ours.author == Author::Assistant
            && lexicon::normalise(&theirs.text) == said;
        if !repeats || !within(ours.at, answered_at) {
            return false;
        }
        rounds += 1;
        if rounds == ROUNDS {
            return true;
        }
        answered_at = theirs.at;
    }
    false
}

fn within(from: Timestamp, to: Timestamp) -> bool {
    Duration::try_from(to.duration_since(from)).is_ok_and(|gap| gap <= FASTER_THAN_A_PERSON)
}
