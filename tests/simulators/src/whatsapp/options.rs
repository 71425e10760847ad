//! How a simulated WhatsApp is set up.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::instance::InstanceSpec;
use super::receipts::ReceiptHabits;
use super::webhook::RetryHabits;
use crate::delay::Delay;

/// Called for every accepted send, on the way: keep it short.
#[derive(Clone)]
pub struct SendHook(pub Arc<dyn Fn(&SendSeen<'_>) + Send + Sync>);

/// What a [`SendHook`] sees.
#[derive(Debug, Clone, Copy)]
pub struct SendSeen<'a> {
    /// The instance that sent.
    pub instance: &'a str,
    /// The customer's digits, or the identifier given.
    pub number: &'a str,
    /// The provider's message id.
    pub id: &'a str,
    /// The words.
    pub text: &'a str,
    /// When the request had been read, in microseconds since 1970.
    pub received_us: i64,
}

impl fmt::Debug for SendHook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SendHook")
    }
}

/// Settings of a simulated WhatsApp.
#[derive(Debug, Clone)]
pub struct WhatsAppOptions {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The instances there from the start.
    pub instances: Vec<InstanceSpec>,
    /// The receipts of a message that nothing happens to.
    pub receipts: ReceiptHabits,
    /// How long a send takes to be answered.
    pub answer: Delay,
    /// How webhooks are called.
    pub webhook: RetryHabits,
    /// Journal entries kept; 0 counts only.
    pub journal: usize,
    /// Decides which calls a fault with a probability hits.
    pub seed: u64,
    /// Called for every accepted send.
    pub on_send: Option<SendHook>,
}

impl Default for WhatsAppOptions {
    /// Any free port of the loopback, no instance, everything at its usual pace.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            instances: Vec::new(),
            receipts: ReceiptHabits::default(),
            answer: Delay::NONE,
            webhook: RetryHabits::default(),
            journal: 200_000,
            seed: 1,
            on_send: None,
        }
    }
}

impl WhatsAppOptions {
    /// For tests: receipts at once, and retries of the webhook after milliseconds instead of seconds.
    pub fn quick() -> Self {
        Self {
            receipts: ReceiptHabits::at_once(),
            webhook: RetryHabits { factor: 0.01, ..RetryHabits::default() },
            ..Self::default()
        }
    }

    /// Adds an instance.
    #[must_use]
    pub fn instance(mut self, spec: InstanceSpec) -> Self {
        self.instances.push(spec);
        self
    }
}
