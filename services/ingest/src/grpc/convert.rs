//! Between the contract's types and ours.

use contract::ingest::v1 as api;
use ids::ChannelId;
use rpc::parse::proto_time;

use crate::providers::Provider;
use crate::store::quarantine::Kept;

/// A payload without its body.
pub(super) fn payload(kept: Kept) -> api::QuarantinedPayload {
    let provider = Provider::ALL.into_iter().find(|provider| provider.as_str() == kept.provider);
    api::QuarantinedPayload {
        id: kept.id.to_string(),
        provider: provider.map_or(api::Provider::Unspecified, to_proto).into(),
        channel_id: kept.channel_id.as_ref().map(ChannelId::to_string).unwrap_or_default(),
        channel_slug: kept.channel_slug.unwrap_or_default(),
        reason: kept.reason,
        detail: kept.detail,
        bytes: kept.bytes,
        seen: kept.seen,
        received_at: Some(proto_time(kept.received_at)),
        seen_at: Some(proto_time(kept.seen_at)),
        replayed_at: kept.replayed_at.map(proto_time),
    }
}

/// Who sent it.
pub(super) const fn to_proto(provider: Provider) -> api::Provider {
    match provider {
        Provider::Evolution => api::Provider::Evolution,
        Provider::Meta => api::Provider::Meta,
        Provider::Twilio => api::Provider::Twilio,
    }
}

/// The stored word for a provider; none if none is given.
pub(super) fn provider(provider: api::Provider) -> Option<String> {
    let known = Provider::ALL.into_iter().find(|known| to_proto(*known) == provider);
    known.map(|known| known.as_str().to_owned())
}

/// A count as the contract carries it.
pub(super) fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
