use std::net::SocketAddr;

use serde::Deserialize;
use settings::{Period, Secret};

/// `[alerting]`; see `defaults.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// gRPC.
    pub grpc: SocketAddr,
    /// Probes and metrics.
    pub admin: SocketAddr,
    /// Where conversation's gRPC is.
    pub conversation: String,
    /// Where delivery's gRPC is.
    pub delivery: String,
    /// Where scheduler's gRPC is.
    pub scheduler: String,
    /// Where ingest's gRPC is.
    pub ingest: String,
    /// How often the services are asked what is wrong.
    #[serde(deserialize_with = "settings::positive")]
    pub look_every: Period,
    /// So long absent, and an incident is over.
    pub recover_after: Period,
    /// What is back within this time is the same incident.
    pub reopen_within: Period,
    /// What nobody acknowledges is told again after this time.
    pub remind_every: Period,
    /// A service may be silent for so long.
    pub silent_after: Period,
    /// More open dead letters than this are an incident.
    pub dead_letters: u32,
    /// How long incidents are kept that are over.
    pub incidents_kept: Period,
    /// Messages to people are this far apart.
    pub group_every: Period,
    /// An incoming webhook of Slack.
    pub slack_webhook_url: Secret,
    /// Another program.
    pub webhook_url: Secret,
    /// What that program proves our posts by.
    pub webhook_secret: Secret,
    /// Who hears the dead-man's signal.
    pub heartbeat_url: Secret,
    /// How often.
    pub heartbeat_every: Period,
}
