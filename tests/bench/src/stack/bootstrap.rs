//! The businesses and channels of a run, as a bootstrap file.

use simulators::whatsapp::InstanceSpec;

/// The variable that carries the key for the provider.
pub const API_KEY: &str = "BENCH_EVOLUTION_API_KEY";
/// The variable that carries the token of the webhooks.
pub const WEBHOOK_TOKEN: &str = "BENCH_EVOLUTION_WEBHOOK_TOKEN";

/// The key for the provider. Everything is on loopback and gone after the run, so it may be known.
pub fn api_key() -> String {
    "bench-api-key".to_owned()
}

/// The token of the webhooks.
pub fn webhook_token() -> String {
    "bench-webhook-token".to_owned()
}

/// A WhatsApp number of a business.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    tenant: usize,
    number: usize,
}
