//! One call of the provider, from its committed intent to its written outcome.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use backoff::Profile;
use futures_util::FutureExt;
use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use metrics::histogram;
use tokio::time::Instant;
use tracing::info;
use work::Lease;

use super::{
    settling::{self, Settlements},
    wakes::Ending,
};
use crate::{
    domain::{
        causes::Cause,
        class::Scope,
        outcome::{Outcome, Trouble},
        settle::{Attempt, Settlement, Terms, settle},
        unknown::RECONCILE_FOR,
    },
    providers::{ChannelAccount, Outgoing, Provider},
    store::sending::Head,
};

/// A call that may begin.
#[derive(Debug)]
pub struct Call {
    /// The message.
    pub head: Head,
    /// The attempt.
    pub n: i32,
    /// It is the one message a closed door lets pass.
    pub probe: bool,
    /// Where to, or why that cannot be known.
    pub account: Result<ChannelAccount, Cause>,
    /// The other side.
    pub provider: Arc<dyn Provider>,
    /// The right to call.
    pub lease: Lease,
    /// Where outcomes are written.
    pub settlements: Settlements,
    /// How long it may take.
    pub longest: Duration,
    /// The intent's time by the database's clock and by this process's.
    pub began: (Timestamp, Instant),
}

/// A call that ended and is written down.
#[derive(Debug)]
pub struct Called {
    /// The channel.
    pub channel: ChannelId,
    /// The message.
    pub message: MessageId,
    /// It had been called before.
    pub is_repetition: bool,
    /// How its wake-up ends.
    pub ending: Ending,
    /// What came of it; `None` when nobody was called after all.
    pub outcome: Option<Outcome>,
    /// It was the one message a closed door let pass.
    pub probe: bool,
    /// The provider wants no message of this channel before.
    pub slow: Option<Timestamp>,
}

impl Call {
    /// Calls, and returns once the outcome is in the database.
    pub async fn run(self) -> Called {
        let outcome = self.outcome().await;
        let is_repetition = self.head.is_repetition();
        let Head { id, channel_id, tries, waits, not_after, .. } = self.head;
        let called = |ending, slow, outcome| Called {
            channel: channel_id,
            message: id,
            is_repetition,
            ending,
            outcome,
            probe: self.probe,
            slow,
        };
        let Some(outcome) = outcome else {
            self.settlements.submit(settling::not_called(id, self.n)).await;
            return called(Ending::Ack, None, None);
        };
        let now = self.began.0.checked_add(self.began.1.elapsed()).unwrap_or(self.began.0);
        let profile = Profile::named(&self.head.profile).unwrap_or_else(|| backoff::CONVERSATION.clone());
        let terms = Terms { profile: &profile, not_after, reconcile_for: RECONCILE_FOR };
        let attempt = Attempt {
            tries_before: tries,
            waits_before: waits,
            probe: self.probe,
            template_left: self.head.template_left(),
        };
        let settlement = settle(terms, attempt, &outcome, now, rand::rng());
        let slow = match &settlement {
            Settlement::Wait { until, scope: Scope::Channel | Scope::Account, .. } => Some(*until),
            _ => None,
        };
        let (row, ending) = settling::row(id, self.n, attempt, &outcome, &settlement, now);
        let state = row.state;
        self.settlements.submit(row).await;
        self.note(&outcome, state);
        called(ending, slow, Some(outcome))
    }

    /// One line per call that is written down: what, for whose message, how it ended, how long it took. No words, no number;
    /// nor the provider's id, which may hold one.
    fn note(&self, outcome: &Outcome, state: &'static str) {
        info!(
            correlation_id = %self.head.correlation_id,
            message_id = %self.head.id,
            channel = %self.head.channel_id,
            class = self.head.class.as_str(),
            attempt = self.n,
            outcome = outcome.as_str(),
            cause = outcome.trouble().map(|trouble| trouble.cause.as_str()),
            state,
            ms = u64::try_from(self.began.1.elapsed().as_millis()).unwrap_or(u64::MAX),
            "message called"
        );
    }

    /// `None`: this process has lost the right to call, so it did not.
    async fn outcome(&self) -> Option<Outcome> {
        let account = match &self.account {
            Ok(account) => account,
            Err(cause) => return Some(Outcome::NotSent(Trouble::new(*cause))),
        };
        // The lease cannot reach the provider; this keeps the window in which two owners call as small as it can be.
        if !self.lease.holds() {
            return None;
        }
        let Some(said) = self.head.said.clone() else {
            return Some(Outcome::NotSent(Trouble::new(Cause::UnreadableContent)));
        };
        let useful_for = self
            .head
            .not_after
            .map(|not_after| Duration::try_from(not_after.duration_since(self.began.0)).unwrap_or_default());
        let message = Outgoing {
            reference: self.head.id,
            to: self.head.to.clone(),
            said: *said,
            as_template: self.head.as_template,
            useful_for,
        };
        let started = Instant::now();
        // A defect in a provider's client must not leave the message under way for ever.
        let outcome = AssertUnwindSafe(self.provider.send(account, &message, started + self.longest))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Outcome::Unknown(Trouble::new(Cause::Interrupted)));
        histogram!("frontdesk_delivery_call_seconds", "provider" => account.kind().as_str(), "outcome" => outcome.as_str())
            .record(started.elapsed().as_secs_f64());
        Some(outcome)
    }
}
