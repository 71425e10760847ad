//! Which repetitions of a channel go now, and in which order the others wait for theirs.
//!
//! Who finds the share ([`RetryShare`]) used up stands in line behind those who did before, one line for each lane, and gets a
//! time at which its turn has come by the trickle alone. What is earned beside the trickle calls the first of the lines up
//! earlier. So whoever is held is written to twice, however many are held for however long: when it gets its place, and when it
//! is called up.

use std::collections::{HashMap, VecDeque, hash_map::Entry};
use std::time::Duration;

use ids::MessageId;
use jiff::Timestamp;

use crate::domain::lane::{Lane, Turns, WEIGHTS};
use crate::domain::retry_share::{Came, RetryShare, trickles_for};

#[cfg(test)]
mod tests;

/// What is set aside for a repetition that was called up is given to others after this: it was cancelled, or a rule holds it.
const KEPT: Duration = Duration::from_secs(60);

/// The repetitions of one channel. In memory only; a new owner reads from the rows who is held.
#[derive(Clone, Debug)]
pub struct Repetitions {
    share: RetryShare,
    lines: [VecDeque<MessageId>; 3],
    /// How many have left each line.
    left: [u64; 3],
    /// Who is in line: the lane, and how many came before, from the beginning of time.
    places: HashMap<MessageId, (Lane, u64)>,
    /// Whose turn it is among the lines.
    turns: Turns,
    /// Who was called up, and when. One repetition is set aside for each.
    called_up: HashMap<MessageId, Timestamp>,
}

impl Repetitions {
    /// A rested channel; nobody is held.
    pub fn new(now: Timestamp) -> Self {
        Self {
            share: RetryShare::full(now),
            lines: Default::default(),
            left: [0; 3],
            places: HashMap::new(),
            turns: Turns::default(),
            called_up: HashMap::new(),
        }
    }

    /// Not before then may this repetition go. `None`: now.
    pub fn wait(&self, message: MessageId, lane: Lane, now: Timestamp) -> Option<Timestamp> {
        if self.called_up.contains_key(&message) {
            return None;
        }
        match self.places.get(&message) {
            Some(&(lane, place)) => Some(self.turn(lane, place, now)),
            None if self.places.is_empty() && self.free(now) >= 1.0 => None,
            None => Some(self.turn(lane, self.end_of(lane), now)),
        }
    }

    /// It waits. Whoever has a place keeps it.
    pub fn hold(&mut self, message: MessageId, lane: Lane) {
        let place = self.end_of(lane);
        if let Entry::Vacant(entry) = self.places.entry(message) {
            entry.insert((lane, place));
            self.called_up.remove(&message);
            self.lines[lane as usize].push_back(message);
        }
    }

    /// Somebody stands in line.
    pub fn is_held_up(&self) -> bool {
        !self.places.is_empty()
    }

    /// Those whose turn has come; their rows have to be told. `most`: the channel could call so many now. Who is called up and cannot
    /// go loses its place in the end.
    #[must_use]
    pub fn call_up(&mut self, most: usize, now: Timestamp) -> Vec<(MessageId, Lane)> {
        if self.places.is_empty() {
            return Vec::new();
        }
        let kept = |since: Timestamp| now.duration_since(since).unsigned_abs() < KEPT;
        self.called_up.retain(|_, since| kept(*since));
        let mut called = Vec::new();
        while self.called_up.len() < most && self.free(now) >= 1.0 {
            let Some(lane) = self.turns.next(|lane| !self.lines[lane as usize].is_empty()) else { break };
            let Some(message) = self.lines[lane as usize].pop_front() else { break };
            self.turns.served(lane);
            self.left[lane as usize] += 1;
            self.places.remove(&message);
            self.called_up.insert(message, now);
            called.push((message, lane));
        }
        called
    }

    /// It needs no repetition: it is not waiting any more, or for something else.
    pub fn forget(&mut self, message: MessageId) {
        self.called_up.remove(&message);
    }

    /// A repetition goes.
    pub fn begun(&mut self, message: MessageId, now: Timestamp) {
        self.called_up.remove(&message);
        self.share = self.share.spent(now);
    }

    /// A call is over.
    pub fn ended(&mut self, is_repetition: bool, came: Came, now: Timestamp) {
        self.share = self.share.ended(is_repetition, came, now);
    }

    fn free(&self, now: Timestamp) -> f64 {
        self.share.credit(now) - self.called_up.len() as f64
    }

    /// The place of the next one in line.
    fn end_of(&self, lane: Lane) -> u64 {
        self.left[lane as usize] + self.lines[lane as usize].len() as u64
    }

    /// When everybody before this place has gone, if nothing is earned but the trickle.
    fn turn(&self, lane: Lane, place: u64, now: Timestamp) -> Timestamp {
        let before = place.saturating_sub(self.left[lane as usize]);
        let waiting = |other: &Lane| *other == lane || !self.lines[*other as usize].is_empty();
        let all: f64 =
            Lane::ALL.iter().filter(|other| waiting(other)).map(|other| WEIGHTS[*other as usize]).sum();
        let ahead = (before as f64 + 1.0) * all / WEIGHTS[lane as usize];
        now.checked_add(trickles_for((ahead - self.free(now)).max(1.0))).unwrap_or(Timestamp::MAX)
    }
}
