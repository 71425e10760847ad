use std::time::Duration;

use async_nats::{Client, Subject};
use bytes::Bytes;
use uuid::Uuid;

use crate::{Bus, key_payload};

/// One delivered wake-up, held until it is settled. Dropping it unsettled makes it come again after `ack_wait`.
#[derive(Debug)]
pub struct Wake {
    client: Client,
    /// Where it is settled; none for a look that no broker knows of.
    reply: Option<Subject>,
    payload: Bytes,
    subject: Subject,
    redelivered: bool,
}

impl Wake {
    pub(crate) fn new(client: Client, message: async_nats::jetstream::Message) -> Self {
        let redelivered = message.info().is_ok_and(|info| info.delivered > 1);
        let async_nats::Message { reply, payload, subject, .. } = message.message;
        Self { client, reply, payload, subject, redelivered }
    }

    /// A look that this process owes itself. Nothing comes again: whoever makes it must look again by itself.
    #[must_use]
    pub fn local(bus: &Bus, subject: String, key: Uuid) -> Self {
        Self {
            client: bus.client().clone(),
            reply: None,
            payload: key_payload(key),
            subject: subject.into(),
            redelivered: false,
        }
    }

    /// The key it names; `None` when the payload is not a UUID (somebody else published into the stream).
    #[must_use]
    pub fn key(&self) -> Option<Uuid> {
        Uuid::from_slice(&self.payload).ok()
    }

    /// The subject it came on.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The raw payload (advisories).
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// Whether this is not its first delivery.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.redelivered
    }

    /// Done, or owed by somebody else now.
    pub async fn ack(self) {
        self.settle(Bytes::from_static(b"+ACK")).await;
    }

    /// Come again after `delay`.
    pub async fn nak(self, delay: Duration) {
        let payload = format!("-NAK {{\"delay\": {}}}", delay.as_nanos());
        self.settle(payload.into()).await;
    }

    /// Given up; `reason` (the row's id) rides in the advisory that this causes.
    pub async fn term(self, reason: &str) {
        self.settle(format!("+TERM {reason}").into()).await;
    }

    /// Still being worked on: restarts the server's `ack_wait`.
    pub async fn progress(&self) {
        if let Some(reply) = &self.reply {
            Bus::reply(&self.client, reply.clone(), Bytes::from_static(b"+WPI")).await;
        }
    }

    async fn settle(self, payload: Bytes) {
        if let Some(reply) = self.reply {
            Bus::reply(&self.client, reply, payload).await;
        }
    }
}
