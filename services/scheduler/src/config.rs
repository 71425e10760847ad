use std::net::SocketAddr;

use serde::Deserialize;
use settings::{Period, Secret};

/// `[scheduler]`; see `defaults.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Plain HTTP: bookings.
    pub http: SocketAddr,
    /// gRPC.
    pub grpc: SocketAddr,
    /// Probes and metrics.
    pub admin: SocketAddr,
    /// Signs slot handles.
    pub slot_signing_key: Secret,
    /// How long an offered time can be taken up.
    pub offer_lasts: Period,
    /// Due reminders are looked for at least this often.
    pub reminder_tick: Period,
    /// So many reminders are handed over in one transaction.
    pub reminder_batch: u32,
}
