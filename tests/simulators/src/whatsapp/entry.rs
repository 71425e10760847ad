//! What the simulated WhatsApp notes about itself: the truth that tests compare the product with.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A message's way after it was accepted, the same for every provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptStatus {
    /// Twilio has it in its queue. Only sends through a messaging service are told so.
    Queued,
    /// WhatsApp has it.
    #[serde(alias = "SERVER_ACK")]
    Sent,
    /// It is on the customer's phone.
    #[serde(alias = "DELIVERY_ACK")]
    Delivered,
    /// The customer saw it.
    #[serde(alias = "READ")]
    Read,
    /// It failed.
    #[serde(alias = "ERROR")]
    Failed,
}

impl ReceiptStatus {
    /// The word in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}

/// One thing that happened, from the provider's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Entry {
    /// A customer wrote to the business.
    Customer {
        /// The account written to: an instance of Evolution, a number of Meta or Twilio.
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
        /// The words, as the customer reads them.
        text: String,
        /// What the caller called the message: Meta's `biz_opaque_callback_data`, the path of Twilio's
        /// `StatusCallback`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_ref: Option<String>,
        /// The template it was made from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<String>,
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
        /// The event: `messages.upsert` and others of Evolution, `messages` and `statuses` of Meta, `message`
        /// and `status` of Twilio.
        event: Cow<'static, str>,
        /// The message id; empty for events of the instance itself.
        id: String,
        /// For a receipt: which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<ReceiptStatus>,
        /// Which call it was, where one carries several events (Meta): those of one call have the same number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<u64>,
        /// 1 for the first call of the event.
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
        /// Why it failed, where the provider tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
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
    /// The webhook was asked whether it is the business's own (Meta).
    Handshake {
        /// The account asked for.
        instance: String,
        /// The answer; absent when there was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// The answer was 200 and the challenge, no more and no less.
        verified: bool,
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
            Self::Handshake { .. } => "handshake",
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
            Self::Handshake { .. } | Self::Connection { .. } => "",
        }
    }
}
