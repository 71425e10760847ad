//! Who was heard of, noted in memory by every request and written down every few seconds, away from it.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use ids::ChannelId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{ChannelState, InboundEvent};

const HOUR: i64 = 3600;
/// Traffic is counted in busy stretches of this length, in seconds, and not in messages: who writes, writes several.
const SLOT: i64 = 300;

/// What an event says about its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A customer wrote.
    Customer,
    /// The provider told what became of a message.
    Receipt,
    /// Staff or somebody else came through it.
    Other,
    /// It is connected, and says so anew.
    Reconnected,
}

impl Sign {
    /// Of an event; `None`: it says nothing.
    pub const fn of(event: &InboundEvent) -> Option<Self> {
        match event {
            InboundEvent::ChannelState(ChannelState::Open { .. }) => Some(Self::Reconnected),
            InboundEvent::ChannelState(_)
            | InboundEvent::ChannelSignal(_)
            | InboundEvent::Pairing(_)
            | InboundEvent::Ignored(_) => None,
            InboundEvent::Message(_) => Some(Self::Customer),
            InboundEvent::Receipt(_) => Some(Self::Receipt),
            _ => Some(Self::Other),
        }
    }
}

/// Channels since the last time they were written down.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Noted>);

/// What was noted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Anybody came through them.
    pub heard: HashSet<Uuid>,
    /// A customer did.
    pub customers: HashSet<Uuid>,
    /// A receipt did.
    pub receipts: HashSet<Uuid>,
    /// They are connected, and say so anew.
    pub reconnected: HashSet<Uuid>,
    /// By channel and the second in which an hour begins: a bit for each of its busy five minutes.
    pub busy: BTreeMap<(Uuid, i64), i32>,
}

impl Noted {
    /// The hours of `busy` in three columns.
    pub fn hours(&self) -> (Vec<Uuid>, Vec<i64>, Vec<i32>) {
        let channels = self.busy.keys().map(|(channel, _)| *channel).collect();
        let hours = self.busy.keys().map(|(_, hour)| *hour).collect();
        (channels, hours, self.busy.values().copied().collect())
    }
}

impl Traffic {
    /// Notes what a request was about.
    pub fn note(&self, signs: &[(ChannelId, Sign)], now: Timestamp) {
        if signs.is_empty() {
            return;
        }
        let second = now.as_second();
        let (hour, slot) = (second - second.rem_euclid(HOUR), second.rem_euclid(HOUR) / SLOT);
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (channel, sign) in signs {
            let channel = channel.uuid();
            match sign {
                Sign::Reconnected => {
                    noted.reconnected.insert(channel);
                    continue;
                }
                Sign::Customer => {
                    noted.customers.insert(channel);
                    *noted.busy.entry((channel, hour)).or_default() |= 1 << slot;
                }
                Sign::Receipt => {
                    noted.receipts.insert(channel);
                }
                Sign::Other => {}
            }
            noted.heard.insert(channel);
        }
    }

    /// Everything noted since the last time.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_messages_within_five_minutes_are_one_busy_stretch() {
        let (traffic, channel) = (Traffic::default(), ChannelId::from_uuid(Uuid::from_u128(1)));
        let at = |second: i64| Timestamp::from_second(1_772_460_000 + second).unwrap();
        for second in [0, 10, 299, 300, 3599, 3600] {
            traffic.note(&[(channel, Sign::Customer), (channel, Sign::Customer)], at(second));
        }
        traffic.note(&[(channel, Sign::Receipt)], at(1800));
        let noted = traffic.take();
        let hour = 1_772_460_000;
        let expected =
            BTreeMap::from([((channel.uuid(), hour), 0b1000_0000_0011), ((channel.uuid(), hour + 3600), 1)]);
        assert_eq!(noted.busy, expected);
        assert_eq!(noted.receipts, noted.heard);
        assert_eq!(traffic.take(), Noted::default());
    }
}
