//! Rules that make something go wrong for some of what passes: the next N, or a share, or both.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::lock::lock;

/// How often a rule fires among what it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trigger {
    /// At most this often, then the rule is spent; without it, until it is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// From 0 to 1; 1 is always.
    pub probability: f64,
}

impl Trigger {
    /// Every time until the rule is removed.
    pub const ALWAYS: Self = Self { count: None, probability: 1.0 };

    /// The next `count` times.
    pub const fn next(count: u64) -> Self {
        Self { count: Some(count), probability: 1.0 }
    }

    /// Each time with this probability.
    pub const fn share(probability: f64) -> Self {
        Self { count: None, probability }
    }

    /// Takes `count` and `probability` out of the fields of a fault.
    pub(crate) fn take_from(fields: &mut Map<String, Value>) -> Result<Self, String> {
        let count = match fields.remove("count") {
            None => None,
            Some(value) => Some(value.as_u64().ok_or("`count` is not a whole number")?),
        };
        let probability = match fields.remove("probability") {
            None => 1.0,
            Some(value) => value
                .as_f64()
                .filter(|share| (0.0..=1.0).contains(share))
                .ok_or("`probability` is not between 0 and 1")?,
        };
        Ok(Self { count, probability })
    }
}

/// A rule with what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Rule<F> {
    /// Names the rule for its removal.
    pub id: u64,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: F,
    /// How often.
    #[serde(flatten)]
    pub trigger: Trigger,
    /// How often it fired so far.
    pub hits: u64,
}

/// The rules in force, in the order in which they were given.
#[derive(Debug)]
pub struct Rules<F> {
    in_force: Mutex<Vec<Rule<F>>>,
    random: Mutex<StdRng>,
    next_id: AtomicU64,
    /// Spares the lock on the normal way, where nothing goes wrong.
    any: AtomicBool,
}

impl<F: Clone> Rules<F> {
    /// No rules; the seed decides which ones a probability hits.
    pub fn new(seed: u64) -> Self {
        Self {
            in_force: Mutex::new(Vec::new()),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            next_id: AtomicU64::new(1),
            any: AtomicBool::new(false),
        }
    }

    /// Adds a rule and returns its id.
    pub fn add(&self, fault: F, trigger: Trigger) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        lock(&self.in_force).push(Rule { id, fault, trigger, hits: 0 });
        self.any.store(true, Ordering::Release);
        id
    }

    /// Removes one rule; false when there is none of that id.
    pub fn remove(&self, id: u64) -> bool {
        let mut rules = lock(&self.in_force);
        let before = rules.len();
        rules.retain(|rule| rule.id != id);
        rules.len() < before
    }

    /// Removes all rules.
    pub fn clear(&self) {
        lock(&self.in_force).clear();
        self.any.store(false, Ordering::Release);
    }

    /// All rules, spent ones included, with how often they fired.
    pub fn list(&self) -> Vec<Rule<F>> {
        lock(&self.in_force).clone()
    }

    /// The first rule that applies and fires.
    pub fn first(&self, applies: impl Fn(&F) -> bool) -> Option<F> {
        self.fire(applies, true).pop()
    }

    /// Every rule that applies and fires.
    pub fn all(&self, applies: impl Fn(&F) -> bool) -> Vec<F> {
        self.fire(applies, false)
    }

    fn fire(&self, applies: impl Fn(&F) -> bool, only_one: bool) -> Vec<F> {
        let mut fired = Vec::new();
        if !self.any.load(Ordering::Acquire) {
            return fired;
        }
        let mut rules = lock(&self.in_force);
        for rule in rules.iter_mut() {
            let spent = rule.trigger.count.is_some_and(|count| rule.hits >= count);
            if spent || !applies(&rule.fault) {
                continue;
            }
            if rule.trigger.probability < 1.0
                && !lock(&self.random).random_bool(rule.trigger.probability.max(0.0))
            {
                continue;
            }
            rule.hits += 1;
            fired.push(rule.fault.clone());
            if only_one {
                break;
            }
        }
        fired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_used_up_and_a_removed_rule_is_gone() {
        let rules = Rules::new(1);
        let first = rules.add("reset", Trigger::next(2));
        rules.add("slow", Trigger::ALWAYS);
        assert_eq!(rules.first(|_| true), Some("reset"));
        assert_eq!(rules.first(|fault| *fault == "slow"), Some("slow"));
        assert_eq!(rules.all(|_| true), ["reset", "slow"]);
        assert_eq!(rules.first(|_| true), Some("slow"));
        assert_eq!(rules.list()[0].hits, 2);
        assert!(rules.remove(first) && !rules.remove(first));
        rules.clear();
        assert_eq!(rules.first(|_| true), None);
    }

    #[test]
    fn a_share_is_kept_and_the_seed_repeats_it() {
        let hits = |seed| {
            let rules = Rules::new(seed);
            rules.add((), Trigger::share(0.25));
            (0..4000).filter(|_| rules.first(|()| true).is_some()).count()
        };
        assert_eq!(hits(3), hits(3));
        assert!((900..1100).contains(&hits(3)), "{}", hits(3));
    }
}
