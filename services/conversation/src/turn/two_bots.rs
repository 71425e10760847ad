use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Author, Snapshot};

/// So many times the same words, each time faster than a person types …
const ROUNDS: usize = 3;
/// … are a machine's.
const FASTER_THAN_A_PERSON: Duration = Duration::from_secs(2);

/// Whether the other side is a machine that answers our answers: the same text again, each time within two seconds.
pub(super) fn talk(snapshot: &Snapshot, text: &str) -> bool {
    let said = lexicon::normalise(text);
    let Some(newest) = snapshot.items.last() else { return false };
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
