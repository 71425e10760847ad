use std::net::SocketAddr;

use serde::Deserialize;

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
}
