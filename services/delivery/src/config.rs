use std::net::SocketAddr;

use serde::Deserialize;
use settings::Period;

/// `[delivery]`; see `defaults.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// gRPC.
    pub grpc: SocketAddr,
    /// HTTP for other programs.
    pub http: SocketAddr,
    /// Probes and metrics.
    pub admin: SocketAddr,
    /// The address providers reach the webhooks under.
    pub public_url: String,
    /// Whether providers are called.
    pub send_enabled: bool,
    /// Calls under way at most.
    #[serde(deserialize_with = "settings::at_least_one")]
    pub calls: usize,
    /// Of one channel.
    #[serde(deserialize_with = "settings::at_least_one")]
    pub calls_per_channel: usize,
    /// How long a call may take.
    #[serde(deserialize_with = "settings::positive")]
    pub call_timeout: Period,
    /// Within this time a provider lists what it took.
    pub listed_by: Period,
    /// So long an unknown outcome waits for evidence.
    pub evidence_for: Period,
    /// The largest file of a customer's that is handed out, in bytes.
    pub media_largest: u64,
    /// How long a file may take.
    pub media_timeout: Period,
    /// So long without a receipt is noted on a message.
    pub receipt_deadline: Period,
    /// The longest pause between two messages through a phone.
    pub send_jitter: Period,
    /// A canary is sent after so long without anything.
    pub canary_every: Period,
    /// Canaries of one channel in 24 hours at most.
    pub canaries_per_day: u32,
    /// How long a canary may take.
    pub canary_wait: Period,
    /// How often every channel is looked at.
    #[serde(deserialize_with = "settings::positive")]
    pub look_every: Period,
    /// How long settled messages are kept, with their calls and receipts.
    pub messages_kept: Period,
    /// How long it is kept what happened to channels and templates.
    pub events_kept: Period,
    /// How often a provider's list of templates is read.
    #[serde(deserialize_with = "settings::positive")]
    pub templates_every: Period,
}
