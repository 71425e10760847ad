//! How a simulated WhatsApp is set up.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::accounts::{AccountSpec, Provider};
use super::evolution::InstanceSpec;
use super::limits::Limits;
use super::receipts::ReceiptHabits;
use super::retry::RetryHabits;
use super::templates::TemplateSpec;
use crate::delay::Delay;

/// Called for every accepted send, on the way: keep it short.
#[derive(Clone)]
pub struct SendHook(pub Arc<dyn Fn(&SendSeen<'_>) + Send + Sync>);

/// What a [`SendHook`] sees.
#[derive(Debug, Clone, Copy)]
pub struct SendSeen<'a> {
    /// The account that sent.
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
    /// The accounts there from the start.
    pub accounts: Vec<AccountSpec>,
    /// The key of the Evolution server itself: it makes instances, and is let in to each.
    pub evolution_key: String,
    /// Whose account is meant where none is named and there are several.
    pub provider: Option<Provider>,
    /// The templates that were approved, or not.
    pub templates: Vec<TemplateSpec>,
    /// How much Meta and Twilio take.
    pub limits: Limits,
    /// How long after their last message customers may be written to freely (Meta, Twilio).
    pub window: Duration,
    /// How long Meta gathers events before it calls a webhook with all of them.
    pub gather: Delay,
    /// The receipts of a message that nothing happens to.
    pub receipts: ReceiptHabits,
    /// How long a send takes to be answered.
    pub answer: Delay,
    /// How webhooks are called.
    pub webhook: RetryHabits,
    /// How long the address of a file lives (Meta, Twilio).
    pub file_address: Duration,
    /// Journal entries kept; 0 counts only.
    pub journal: usize,
    /// Decides which calls a fault with a probability hits.
    pub seed: u64,
    /// Called for every accepted send.
    pub on_send: Option<SendHook>,
}

impl Default for WhatsAppOptions {
    /// Any free port of the loopback, no account, everything at its usual pace.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            accounts: Vec::new(),
            evolution_key: "evolution-server-key".to_owned(),
            provider: None,
            templates: vec![TemplateSpec::hello_world()],
            limits: Limits::default(),
            window: Duration::from_secs(24 * 3600),
            gather: Delay::millis(15),
            receipts: ReceiptHabits::default(),
            answer: Delay::NONE,
            webhook: RetryHabits::default(),
            file_address: Duration::from_secs(300),
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
            gather: Delay::NONE,
            webhook: RetryHabits { factor: 0.01, ..RetryHabits::default() },
            ..Self::default()
        }
    }

    /// Adds an instance of Evolution.
    #[must_use]
    pub fn instance(self, spec: InstanceSpec) -> Self {
        self.account(spec)
    }

    /// Adds an account of any provider.
    #[must_use]
    pub fn account(mut self, spec: impl Into<AccountSpec>) -> Self {
        self.accounts.push(spec.into());
        self
    }

    /// Adds a template.
    #[must_use]
    pub fn template(mut self, template: TemplateSpec) -> Self {
        self.templates.push(template);
        self
    }
}
