//! One call of the provider. No database in scope: the intent is committed, the outcome is settled elsewhere.

use std::time::Duration;

use metrics::histogram;
use tokio::time::Instant;
use work::Lease;

use crate::{
    domain::{
        causes::Cause,
        outcome::{Outcome, Trouble},
    },
    providers::{ChannelAccount, Outgoing, Provider},
};

/// Sends one message within `longest`, unless this process has meanwhile lost the right to.
pub async fn call(
    provider: &dyn Provider,
    lease: &Lease,
    account: &ChannelAccount,
    message: &Outgoing,
    longest: Duration,
) -> Outcome {
    // The lease cannot reach the provider; this keeps the window in which two owners call as small as it can be.
    if !lease.holds() {
        return Outcome::NotSent(Trouble::new(Cause::Unreachable));
    }
    let started = Instant::now();
    let outcome = provider.send(account, message, started + longest).await;
    histogram!("frontdesk_delivery_call_seconds", "provider" => account.kind().as_str(), "outcome" => outcome.as_str())
        .record(started.elapsed().as_secs_f64());
    outcome
}
