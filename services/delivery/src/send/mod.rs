//! Sending for other programs, whichever way they ask.

pub(crate) mod check;
mod request;

use ids::{MessageId, TenantId};
use rpc::Failure;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

pub use request::{Asked, ChannelName, Request, channel, tenant};

use crate::domain::provider::ProviderKind;
use crate::store::sends::{self, Outcome};

/// The state of both doors.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Rows.
    pub pool: PgPool,
    /// Whether providers are called at all.
    pub sending: bool,
}

/// A request that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message.
    pub id: MessageId,
    /// It is the one of an earlier request with the same key.
    pub replayed: bool,
    /// Everything will be done but the call.
    pub dry_run: bool,
}

impl Sender {
    /// Queues a message. The dispatcher hears of it with the commit.
    pub async fn send(&self, asked: Asked, correlation_id: Uuid) -> Result<Sent, Failure> {
        let channel = self.channel(asked.tenant, &asked.channel).await?;
        let id = MessageId::generate();
        let message = json!({
            "id": id.uuid(), "tenant_id": asked.tenant.uuid(), "channel_id": channel.id.uuid(), "lane": asked.lane,
            "class": asked.class, "profile": asked.profile, "body": asked.said, "on_unknown": asked.on_unknown,
            "not_before": asked.not_before, "not_after": asked.not_after, "correlation_id": correlation_id, "cause": "api",
        });
        let address = channel.provider.address(&asked.to);
        let phone = asked.to.expose();
        let request = json!([channel.id.uuid(), phone, &asked.request]);
        let key = asked.key.as_deref();
        let (message, outcome) = sends::send(&self.pool, message, phone, &address, key, request)
            .await
            .map_err(Failure::internal)?;
        match outcome {
            Outcome::Queued => Ok(self.sent(message, false)),
            Outcome::Replayed => Ok(self.sent(message, true)),
            Outcome::OtherRequest => Err(Failure::precondition(
                format!("the idempotency key was used for another request, which made {message}"),
                "use a new key for a new message, or repeat the request exactly as it was",
            )
            .reason("IDEMPOTENCY_KEY_REUSED")
            .with("id", message.to_string())),
        }
    }

    /// Takes a message back. Doing so twice is one and the same.
    pub async fn cancel(&self, id: MessageId) -> Result<(), Failure> {
        let state = sends::cancel(&self.pool, id).await.map_err(Failure::internal)?;
        match state.as_deref() {
            Some("cancelled") => Ok(()),
            None => Err(Failure::not_found("message", id)),
            Some(state) => Err(Failure::precondition(
                format!("the message is {state}"),
                "only what is still queued can be taken back",
            )
            .reason("TOO_LATE_TO_CANCEL")
            .with("id", id.to_string())
            .with("state", state)),
        }
    }

    /// The channel of that name, if it is this tenant's and of a provider we know.
    pub async fn channel(&self, tenant: TenantId, name: &ChannelName) -> Result<sends::Channel, Failure> {
        sends::channel(&self.pool, tenant, name)
            .await
            .map_err(Failure::internal)?
            .ok_or_else(|| Failure::not_found("channel of this tenant", name))
    }

    fn sent(&self, id: MessageId, replayed: bool) -> Sent {
        Sent { id, replayed, dry_run: !self.sending }
    }
}

impl ProviderKind {
    /// The address of a number in the form in which this provider's customers are known.
    pub fn address(self, phone: &addressing::Phone) -> String {
        match self {
            Self::Evolution | Self::Meta => phone.expose_digits().to_owned(),
            Self::Twilio => format!("whatsapp:{}", phone.expose()),
        }
    }
}
