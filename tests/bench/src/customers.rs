//! Everybody who wrote, and what came back: the truth that figures and verdict are taken from.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::Notify;

use crate::latency::Latencies;

/// British mobile numbers that begin so belong to nobody else here; eight digits follow.
const PREFIX: &str = "4477";

/// The customers, numbered in the order in which they first wrote.
#[derive(Debug, Default)]
pub struct Customers {
    people: Mutex<Vec<Customer>>,
    strangers: AtomicU64,
    answered: Notify,
}

/// What is known of one of them. Times are of the first message.
#[derive(Debug, Clone, Copy)]
struct Customer {
    /// When the message was to be sent: latencies count from here, so that a sender who is held up by a slow answer
    /// cannot hide it.
    due: Instant,
    /// How late it was sent.
    late: Duration,
    written: u32,
    answers: u32,
    /// Until the webhook answered 2xx at its first call.
    accepted: Option<Duration>,
    /// Until the provider was called.
    reached: Option<Duration>,
}

impl Customers {
    fn people(&self) -> MutexGuard<'_, Vec<Customer>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody new, who is to write at `due`.
    pub fn arrives(&self, due: Instant) -> usize {
        let mut people = self.people();
        let (late, accepted, reached) = (Duration::ZERO, None, None);
        people.push(Customer { due, late, written: 1, answers: 0, accepted, reached });
        people.len() - 1
    }

    /// Somebody who was answered writes again; false if the answer is still awaited.
    pub fn writes_again(&self, index: usize) -> bool {
        let mut people = self.people();
        let Some(customer) = people.get_mut(index).filter(|person| person.answers >= person.written) else {
            return false;
        };
        customer.written += 1;
        true
    }

    /// The number of a customer.
    pub fn phone(index: usize) -> String {
        format!("{PREFIX}{index:08}")
    }

    /// The first message is on its way now.
    pub fn sends(&self, index: usize, now: Instant) {
        if let Some(customer) = self.people().get_mut(index) {
            customer.late = now.saturating_duration_since(customer.due);
        }
    }

    /// The webhook took the first message.
    pub fn is_accepted(&self, index: usize, now: Instant) {
        if let Some(customer) = self.people().get_mut(index) {
            customer.accepted.get_or_insert(now.saturating_duration_since(customer.due));
        }
    }

    /// The provider was asked to send something to `number`.
    pub fn is_answered(&self, number: &str, now: Instant) {
        let index = number.strip_prefix(PREFIX).and_then(|digits| digits.parse::<usize>().ok());
        let mut people = self.people();
        match index.and_then(|index| people.get_mut(index)) {
            Some(customer) => {
                customer.answers += 1;
                customer.reached.get_or_insert(now.saturating_duration_since(customer.due));
            }
            None => {
                self.strangers.fetch_add(1, Ordering::Relaxed);
            }
        }
        drop(people);
        self.answered.notify_one();
    }

    /// Returns after the next answer to anybody.
    pub async fn next_answer(&self) {
        self.answered.notified().await;
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.people().len()
    }

    /// How many messages they wrote.
    pub fn messages(&self) -> u64 {
        self.people().iter().map(|person| u64::from(person.written)).sum()
    }

    /// Until the webhook answered 2xx.
    pub fn acceptance(&self, range: Range<usize>) -> Latencies {
        self.collect(range, |person| person.accepted)
    }

    /// Until the provider was called.
    pub fn reach(&self, range: Range<usize>) -> Latencies {
        self.collect(range, |person| person.reached)
    }

    /// How late the load itself was.
    pub fn lateness(&self, range: Range<usize>) -> Latencies {
        self.collect(range, |person| Some(person.late))
    }

    fn collect(&self, range: Range<usize>, value: impl Fn(&Customer) -> Option<Duration>) -> Latencies {
        Latencies::of(self.people().get(range).into_iter().flatten().filter_map(value))
    }

    /// How many messages are still to be answered.
    pub fn waiting(&self) -> u64 {
        self.people().iter().map(|person| u64::from(person.written.saturating_sub(person.answers))).sum()
    }

    /// What became of everybody.
    pub fn verdict(&self) -> Verdict {
        let people = self.people();
        let sum = |part: fn(&Customer) -> u32| people.iter().map(|person| u64::from(part(person))).sum();
        Verdict {
            customers: people.len(),
            messages: sum(|person| person.written),
            answers: sum(|person| person.answers),
            lost: sum(|person| person.written.saturating_sub(person.answers)),
            doubled: sum(|person| person.answers.saturating_sub(person.written)),
            to_strangers: self.strangers.load(Ordering::Relaxed),
        }
    }
}

/// Whether everybody got what they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Customers who wrote.
    pub customers: usize,
    /// Messages they wrote.
    pub messages: u64,
    /// Answers to them.
    pub answers: u64,
    /// Messages without an answer.
    pub lost: u64,
    /// Answers too many.
    pub doubled: u64,
    /// Answers to nobody who wrote.
    pub to_strangers: u64,
}

impl Verdict {
    /// Every message got one answer, and nobody else got any.
    pub fn is_good(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.to_strangers == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_from_when_a_message_was_due() {
        let (customers, due) = (Customers::default(), Instant::now());
        let after = |ms| due + Duration::from_millis(ms);
        let first = customers.arrives(due);
        customers.sends(first, after(2));
        customers.is_accepted(first, after(5));
        customers.is_answered(&Customers::phone(first), after(9));
        let ms = |latencies: Latencies| latencies.percentile(1.0).as_millis();
        assert_eq!(ms(customers.lateness(0..1)), 2);
        assert_eq!(ms(customers.acceptance(0..1)), 5);
        assert_eq!(ms(customers.reach(0..1)), 9);
    }

    #[test]
    fn lost_doubled_and_strange_answers_are_told_apart() {
        let (customers, now) = (Customers::default(), Instant::now());
        let [lost, doubled, fine] = [(); 3].map(|()| customers.arrives(now));
        for index in [doubled, doubled, fine] {
            customers.is_answered(&Customers::phone(index), now);
        }
        customers.is_answered("15550001111", now);
        customers.is_answered(&Customers::phone(99), now);
        let verdict = customers.verdict();
        assert_eq!((verdict.lost, verdict.doubled, verdict.to_strangers), (1, 1, 2));
        assert!(!verdict.is_good());
        assert_eq!(customers.waiting(), 1);
        assert!(!customers.writes_again(lost) && customers.writes_again(fine));
        assert_eq!(customers.waiting(), 2);
    }
}
