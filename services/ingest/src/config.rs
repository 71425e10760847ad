use std::net::SocketAddr;

use serde::Deserialize;
use settings::{Period, Secret};

use crate::domain::troubles::Limits;

/// `[ingest]`; see `defaults.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Webhooks.
    pub http: SocketAddr,
    /// Whether the port of the webhooks serves the rest of the process's plain HTTP, too.
    pub front_door: bool,
    /// gRPC.
    pub grpc: SocketAddr,
    /// Probes and metrics.
    pub admin: SocketAddr,
    /// The address providers know us by.
    pub public_url: String,
    /// Where delivery's gRPC is.
    pub delivery: String,
    /// Being away for less than this is nothing.
    pub outage_after: Period,
    /// Longest body in bytes.
    pub body_limit: usize,
    /// Time for a sender to send it.
    pub read_timeout: Period,
    /// Time for a commit.
    pub accept_timeout: Period,
    /// What a 503 asks to wait.
    pub retry_after: Period,
    /// Requests under way.
    pub concurrent: usize,
    /// Time a payload stays in quarantine.
    pub quarantine_kept: Period,
    /// More payloads in quarantine within an hour than this.
    pub quarantine_most: u32,
    /// More refused requests within five minutes than this.
    pub refused_most: u32,
    /// Secret of the operator's Meta app.
    pub meta_app_secret: Secret,
    /// The one before it.
    pub meta_app_secret_previous: Secret,
    /// Token of Meta's handshake.
    pub meta_verify_token: Secret,
    /// Token for every Evolution instance.
    pub evolution_token: Secret,
}

impl Config {
    /// From where on something is a trouble.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { quarantined: self.quarantine_most.into(), refused: self.refused_most.into() }
    }
}
