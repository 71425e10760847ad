//! Who was heard of, noted in memory by every request and written down every few seconds, away from it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use ids::ChannelId;
use uuid::Uuid;

use crate::domain::{ChannelState, InboundEvent};

/// What an event says about its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A customer, staff or a receipt came through it.
    Heard,
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
            _ => Some(Self::Heard),
        }
    }
}

/// Channels since the last time they were written down.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Noted>);

/// What was noted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// A customer, staff or a receipt came through them.
    pub heard: HashSet<Uuid>,
    /// They are connected, and say so anew.
    pub reconnected: HashSet<Uuid>,
}

impl Traffic {
    /// Notes what a request was about.
    pub fn note(&self, signs: &[(ChannelId, Sign)]) {
        if signs.is_empty() {
            return;
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (channel, sign) in signs {
            match sign {
                Sign::Heard => noted.heard.insert(channel.uuid()),
                Sign::Reconnected => noted.reconnected.insert(channel.uuid()),
            };
        }
    }

    /// Everything noted since the last time.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
