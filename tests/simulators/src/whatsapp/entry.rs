//! What the simulated WhatsApp notes about itself: the truth that tests compare the product with.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A message's way after it was accepted, as Evolution words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptStatus {
    /// WhatsApp has it: sent.
    ServerAck,
    /// It is on the customer's phone: delivered.
    DeliveryAck,
    /// The customer saw it.
    Read,
    /// It failed; no reason is ever given.
    Error,
}

impl ReceiptStatus {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::ServerAck => "SERVER_ACK",
            Self::DeliveryAck => "DELIVERY_ACK",
            Self::Read => "READ",
            Self::Error => "ERROR",
        }
    }
}

/// One thing that happened, from the provider's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Entry {
    /// A customer wrote to the business.
    Customer {
        /// The instance written to.
        instance: String,
        /// The customer's digits.
        number: String,
        /// The provider's message id.
        id: String,
        /// The words.
        text: String,
    },
    /// Somebody of the business typed on the phone.
    Staff {
        /// The instance written from.
        instance: String,
        /// The customer's digits.
        number: String,
        /// The provider's message id.
        id: String,
        /// The words.
        text: String,
    },
    /// A send was accepted: this message will reach the customer, whatever the caller was told.
    Send {
        /// The instance that sent.
        instance: String,
        /// The customer's digits, or the identifier given.
        number: String,
        /// The provider's message id.
        id: String,
        /// The words.
        text: String,
        /// When the request had been read, in microseconds since 1970.
        received_us: i64,
        /// What the caller was answered; absent when there was no whole answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// The fault that was played on the caller.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Cow<'static, str>>,
    },
    /// A send was not accepted: the customer gets nothing.
    Refused {
        /// The instance named in the request.
        instance: String,
        /// The number in the request, if it could be read.
        number: String,
        /// What the caller was answered; absent when there was no whole answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Why.
        reason: Cow<'static, str>,
    },
    /// A webhook was called.
    Webhook {
        /// The instance it belongs to.
        instance: String,
        /// The customer's digits; empty for events of the instance itself.
        number: String,
        /// The event, as `messages.upsert`.
        event: Cow<'static, str>,
        /// The message id; empty for events of the instance itself.
        id: String,
        /// For `messages.update`: which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<ReceiptStatus>,
        /// 1 for the first call, up to 10.
        attempt: u32,
        /// The answer; absent when there was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Why there was no answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
        /// How long the answer took, in microseconds.
        took_us: u64,
    },
    /// A receipt was given: the webhook took it with a 2xx.
    Receipt {
        /// The instance it belongs to.
        instance: String,
        /// The customer's digits.
        number: String,
        /// The message id.
        id: String,
        /// Which.
        receipt: ReceiptStatus,
    },
    /// An event was given up: refused for good or out of attempts. The product never learns of it.
    Lost {
        /// The instance it belongs to.
        instance: String,
        /// The customer's digits; empty for events of the instance itself.
        number: String,
        /// The event.
        event: Cow<'static, str>,
        /// The message id; empty for events of the instance itself.
        id: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// An instance changed its connection.
    Connection {
        /// The instance.
        instance: String,
        /// `open`, `connecting` or `close`.
        state: Cow<'static, str>,
    },
}

impl Entry {
    /// The word in `what`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Customer { .. } => "customer",
            Self::Staff { .. } => "staff",
            Self::Send { .. } => "send",
            Self::Refused { .. } => "refused",
            Self::Webhook { .. } => "webhook",
            Self::Receipt { .. } => "receipt",
            Self::Lost { .. } => "lost",
            Self::Connection { .. } => "connection",
        }
    }

    /// The customer concerned; empty when there is none.
    pub fn number(&self) -> &str {
        match self {
            Self::Customer { number, .. }
            | Self::Staff { number, .. }
            | Self::Send { number, .. }
            | Self::Refused { number, .. }
            | Self::Webhook { number, .. }
            | Self::Receipt { number, .. }
            | Self::Lost { number, .. } => number,
            Self::Connection { .. } => "",
        }
    }
}
