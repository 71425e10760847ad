use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::domain::retry_share::{MOST, PER_SECOND};

const LOOK: i64 = 100;
const CALL: i64 = 200;
const PAUSE: i64 = 300;
const AT_ONCE: usize = 32;

fn at(millis: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
}

fn id(n: u128) -> MessageId {
    MessageId::from_uuid(uuid::Uuid::from_u128(n))
}

/// One row, as far as it matters here.
#[derive(Clone, Debug)]
struct Row {
    lane: Lane,
    due: i64,
    tries: u32,
    /// Since when it has been held.
    held: Option<i64>,
    /// When its call ends.
    calling: Option<i64>,
}

/// A channel, its messages and a provider that is ill until `well_from`.
struct World {
    now: i64,
    well_from: i64,
    repetitions: Repetitions,
    rows: BTreeMap<u128, Row>,
    firsts: u32,
    repeated: u32,
    /// Rows written to hold and to call up.
    written: u32,
    longest: i64,
}

impl World {
    fn new(well_from: i64) -> Self {
        Self {
            now: 0,
            well_from,
            repetitions: Repetitions::new(at(0)),
            rows: BTreeMap::new(),
            firsts: 0,
            repeated: 0,
            written: 0,
            longest: 0,
        }
    }

    fn say(&mut self, n: u128, lane: Lane) {
        self.rows.insert(n, Row { lane, due: self.now, tries: 0, held: None, calling: None });
    }

    /// What the dispatcher does: ends calls, calls up, reads heads, holds or calls each.
    fn look(&mut self) {
        self.now += LOOK;
        let (now, well) = (self.now, self.now >= self.well_from);
        let ended: Vec<u128> = self
            .rows
            .iter()
            .filter(|(_, row)| row.calling.is_some_and(|end| end <= now))
            .map(|(n, _)| *n)
            .collect();
        for n in ended {
            let row = self.rows.get_mut(&n).expect("it is called");
            let came = if well { Came::Well } else { Came::Ill };
            self.repetitions.ended(row.tries > 0, came, at(now));
            (row.calling, row.tries, row.due) = (None, row.tries + 1, now + PAUSE);
            if well {
                self.rows.remove(&n);
            }
        }
        for (message, _) in self.repetitions.call_up(AT_ONCE, at(now)) {
            self.written += 1;
            match self.rows.get_mut(&message.uuid().as_u128()) {
                Some(row) => row.due = now,
                None => self.repetitions.forget(message),
            }
        }
        let mut free = AT_ONCE.saturating_sub(self.rows.values().filter(|row| row.calling.is_some()).count());
        for (n, row) in &mut self.rows {
            if row.due > now || row.calling.is_some() {
                continue;
            }
            let until = (row.tries > 0).then(|| self.repetitions.wait(id(*n), row.lane, at(now))).flatten();
            if let Some(until) = until {
                self.repetitions.hold(id(*n), row.lane);
                self.written += 1;
                row.held.get_or_insert(now);
                row.due = until.as_millisecond();
            } else if free > 0 {
                free -= 1;
                row.calling = Some(now + CALL);
                self.longest = self.longest.max(row.held.take().map_or(0, |since| now - since));
                if row.tries > 0 {
                    self.repeated += 1;
                    self.repetitions.begun(id(*n), at(now));
                } else {
                    self.firsts += 1;
                }
            }
        }
    }

    fn until(&mut self, millis: i64) {
        while self.now < millis {
            self.look();
        }
    }

    fn lane(n: usize) -> Lane {
        Lane::ALL[n % 3]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn never_more_than_the_share_and_never_more_work_than_two_rows_for_each_who_waited(
        many in 1_usize..300, seconds in 5_i64..120,
    ) {
        let mut world = World::new(i64::MAX);
        for n in 0..many {
            world.say(n as u128, World::lane(n));
        }
        world.until(seconds * 1000);
        let most = MOST + seconds as f64 * PER_SECOND + f64::from(world.firsts) * 0.25;
        prop_assert!(f64::from(world.repeated) <= most, "{} of {most}", world.repeated);
        // Each who waits is written once when it is held and once when it is called up; those that wait still, once.
        let few = world.repeated * 2 + many as u32 + 60;
        prop_assert!(world.written <= few, "{} rows written, {few} would do", world.written);
    }

    #[test]
    fn nobody_is_held_longer_than_the_trickle_takes_for_those_before(many in 40_usize..90) {
        let mut world = World::new(i64::MAX);
        for n in 0..many {
            world.say(n as u128, World::lane(n));
        }
        // The lane with a twelfth of the trickle, everybody before, and everybody of the other lanes who came again.
        let longest = (many as i64 + 6) * 12 * 2_000 / 3;
        world.until(longest * 2);
        prop_assert!(world.longest <= longest, "{} ms of {longest}", world.longest);
        let waits = world.rows.values().filter_map(|row| row.held).map(|since| world.now - since).max();
        prop_assert!(waits.unwrap_or(0) <= longest, "{waits:?} ms of {longest}");
    }

    #[test]
    fn after_the_storm_everybody_goes_within_seconds(many in 1_usize..500, lasted in 30_i64..90) {
        let mut world = World::new(lasted * 1000);
        for n in 0..many {
            world.say(n as u128, World::lane(n));
        }
        world.until(lasted * 1000);
        prop_assert!(world.rows.len() + AT_ONCE >= many, "it begins with those that are called just then");
        // Two good answers by the trickle, four or five doublings, and then thirty with each round of calls.
        let most = 10_000 + many as i64 * (CALL + 2 * LOOK) / 30;
        world.until(lasted * 1000 + most);
        prop_assert!(world.rows.is_empty(), "{} are still held after {most} ms", world.rows.len());
    }
}

#[test]
fn a_channel_that_sends_little_is_not_held_at_all() {
    let mut world = World::new(60_000);
    for n in 0..5 {
        world.say(n, Lane::High);
        // Five messages that fail for a minute, the pauses between their tries as a conversation's are.
        world.until(world.now + 12_000);
    }
    assert!(world.written <= 90, "{} rows", world.written);
    let mut one = World::new(5_000);
    one.say(1, Lane::High);
    one.until(6_000);
    assert_eq!((one.written, one.rows.len()), (0, 0), "ten repetitions in five seconds");
}

#[test]
fn a_reply_does_not_stand_behind_a_campaign() {
    let mut world = World::new(i64::MAX);
    for n in 0..1000 {
        world.say(n, Lane::Bulk);
    }
    world.until(60_000);
    world.say(5000, Lane::High);
    world.until(60_000 + 10_000);
    assert!(world.rows[&5000].tries >= 2, "{:?}", world.rows[&5000]);
}

#[test]
fn who_comes_before_its_turn_keeps_its_place() {
    let mut all = Repetitions::new(at(0));
    for n in 0..30 {
        all.begun(id(n), at(0));
    }
    for n in 100..103 {
        assert!(all.wait(id(n), Lane::Normal, at(0)).is_some());
        all.hold(id(n), Lane::Normal);
    }
    let promised = all.wait(id(100), Lane::Normal, at(0));
    assert_eq!(promised, Some(at(2_000)));
    assert_eq!(all.wait(id(102), Lane::Normal, at(0)), Some(at(6_000)), "each its own");
    all.hold(id(100), Lane::Normal);
    assert_eq!(all.wait(id(100), Lane::Normal, at(0)), promised);
    assert_eq!(all.call_up(AT_ONCE, at(1_900)), []);
    assert_eq!(all.call_up(AT_ONCE, at(2_000)), [(id(100), Lane::Normal)]);
    assert_eq!(all.wait(id(100), Lane::Normal, at(2_000)), None);
    assert!(
        all.wait(id(103), Lane::High, at(2_000)).is_some(),
        "what is set aside is not for whoever comes first"
    );
}

#[test]
fn nobody_is_called_up_who_could_not_go() {
    let mut all = Repetitions::new(at(0));
    for n in 0..10 {
        all.hold(id(n), Lane::High);
    }
    assert_eq!(all.call_up(0, at(0)), [], "no token");
    assert_eq!(all.call_up(2, at(0)), [(id(0), Lane::High), (id(1), Lane::High)]);
    assert_eq!(all.call_up(2, at(0)), [], "two have not gone yet");
    all.begun(id(0), at(0));
    assert_eq!(all.call_up(2, at(0)), [(id(2), Lane::High)]);
}

#[test]
fn what_is_set_aside_for_somebody_who_never_comes_is_given_to_others() {
    let mut all = Repetitions::new(at(0));
    for n in 0..30 {
        all.hold(id(n), Lane::Bulk);
    }
    assert_eq!(all.call_up(AT_ONCE, at(0)).len(), 30);
    all.hold(id(100), Lane::High);
    assert_eq!(all.call_up(AT_ONCE, at(30_000)), []);
    assert_eq!(all.call_up(AT_ONCE, at(60_000)), [(id(100), Lane::High)]);
    let mut all = Repetitions::new(at(0));
    for n in 0..30 {
        all.hold(id(n), Lane::Bulk);
    }
    for (message, _) in all.call_up(AT_ONCE, at(0)) {
        all.forget(message);
    }
    all.hold(id(100), Lane::High);
    assert_eq!(all.call_up(AT_ONCE, at(0)), [(id(100), Lane::High)], "at once, where it is known");
}
