//! How patient a provider is with a webhook.

use std::time::Duration;

/// How webhooks are called and called again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryHabits {
    /// Shortens (or lengthens) the delays between attempts; 1.0 is the real thing: 20 minutes in all with
    /// Evolution, 7 days with Meta.
    pub factor: f64,
    /// How long one call may take.
    pub timeout: Duration,
    /// How many calls may be under way at a time.
    pub connections: usize,
}

impl Default for RetryHabits {
    fn default() -> Self {
        Self { factor: 1.0, timeout: Duration::from_secs(30), connections: 64 }
    }
}
