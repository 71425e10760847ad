//! Counts since the process started, for those who ask over gRPC instead of scraping.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use crate::domain::InboundEvent;
use crate::providers::Provider;

/// How a webhook was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 200: everything in it is stored, ignored on purpose, or in quarantine.
    Accepted,
    /// 401.
    Forged,
    /// 413.
    TooLarge,
    /// 408: the sender did not finish.
    CutShort,
    /// 503: our own trouble.
    Unavailable,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Accepted, Self::Forged, Self::TooLarge, Self::CutShort, Self::Unavailable];

    /// Name for metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Forged => "forged",
            Self::TooLarge => "too_large",
            Self::CutShort => "cut_short",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Kinds of events, in the order of the counters.
const KINDS: [&str; 12] = [
    "message",
    "echo",
    "api_echo",
    "reaction",
    "edit",
    "revoke",
    "receipt",
    "channel_state",
    "channel_signal",
    "pairing",
    "identity_change",
    "ignored",
];

/// The counts.
#[derive(Debug)]
pub struct Statistics {
    since: Timestamp,
    webhooks: [[AtomicU64; Outcome::ALL.len()]; Provider::ALL.len()],
    events: [AtomicU64; KINDS.len()],
}

impl Statistics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(since: Timestamp) -> Self {
        Self { since, webhooks: Default::default(), events: Default::default() }
    }

    pub(crate) fn answered(&self, provider: Provider, outcome: Outcome) {
        self.webhooks[provider as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn event(&self, event: &InboundEvent) {
        if let Some(index) = KINDS.iter().position(|kind| *kind == event.label()) {
            self.events[index].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// When counting began.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// Requests by provider and answer, all combinations.
    pub fn webhooks(&self) -> impl Iterator<Item = (Provider, Outcome, u64)> {
        Provider::ALL.into_iter().flat_map(move |provider| {
            Outcome::ALL.into_iter().map(move |outcome| {
                let count = self.webhooks[provider as usize][outcome as usize].load(Ordering::Relaxed);
                (provider, outcome, count)
            })
        })
    }

    /// Events by kind, all kinds.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> {
        KINDS.iter().zip(&self.events).map(|(kind, count)| (*kind, count.load(Ordering::Relaxed)))
    }
}
