//! Keeping what could not be handed on.

use bytes::Bytes;
use http::HeaderMap;
use ids::{ChannelId, QuarantineId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::providers::Provider;
use crate::store::quarantine::{self, New};
use crate::{metrics, scrub};

/// Why a payload is kept. Stable names: operators group by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing in it could be read.
    Unparsable,
    /// A piece of it could not be read; the others were handed on.
    RejectedPiece,
    /// It is for a channel nobody has put.
    UnknownChannel,
    /// It is from another account than the address says.
    WrongAccount,
    /// It was signed by another Meta app than the channel's.
    WrongApp,
    /// The database can never store what it says.
    Poison,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unparsable,
        Self::RejectedPiece,
        Self::UnknownChannel,
        Self::WrongAccount,
        Self::WrongApp,
        Self::Poison,
    ];

    /// Its name in rows, metrics and the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unparsable => "unparsable",
            Self::RejectedPiece => "rejected_piece",
            Self::UnknownChannel => "unknown_channel",
            Self::WrongAccount => "wrong_account",
            Self::WrongApp => "wrong_app",
            Self::Poison => "poison",
        }
    }
}

/// A request as it is kept. Pieces of one request share its bytes.
#[derive(Debug, Clone)]
pub struct Raw<'a> {
    /// From whom.
    pub provider: Provider,
    /// When it came.
    pub received_at: Timestamp,
    /// The channel's name in the address, if it has one.
    pub channel_slug: Option<&'a str>,
    /// Our own reference in the address.
    pub client_ref: Option<&'a str>,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Something in a request that is kept, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The cause.
    pub reason: Reason,
    /// Whose it is, if that much was clear.
    pub channel_id: Option<ChannelId>,
    /// The cause in words, with the place. Never quotes the body.
    pub detail: String,
}

/// How many problems of a request are written out; their number always is.
const WRITTEN_OUT: usize = 10;

/// Keeps a request once per cause, with everything that was wrong with it for that cause. The whole request is kept,
/// because a piece is rarely understood without its envelope; replaying the rest of it does no harm.
///
/// # Errors
/// If the database does not answer: then the request must be refused, or it would be lost.
pub async fn keep(pool: &PgPool, raw: &Raw<'_>, problems: &[Problem]) -> Result<(), sqlx::Error> {
    if problems.is_empty() {
        return Ok(());
    }
    let body = scrub::body(&raw.body);
    for reason in Reason::ALL {
        let own: Vec<&Problem> = problems.iter().filter(|problem| problem.reason == reason).collect();
        let Some(first) = own.first() else { continue };
        let one_channel = own.iter().all(|problem| problem.channel_id == first.channel_id);
        let new = New {
            id: QuarantineId::generate(),
            received_at: raw.received_at,
            provider: raw.provider.as_str(),
            channel_id: first.channel_id.filter(|_| one_channel),
            channel_slug: raw.channel_slug.map(storable),
            client_ref: raw.client_ref.map(storable),
            reason: reason.as_str(),
            detail: storable(&written_out(&own)),
            headers: scrub::headers(raw.headers),
            body: body.to_vec(),
            digest: digest(raw, reason, &body),
        };
        quarantine::put(pool, &new).await?;
        metrics::quarantined(reason);
        tracing::warn!(
            provider = new.provider,
            channel = new.channel_slug,
            reason = new.reason,
            pieces = own.len(),
            "payload was quarantined"
        );
    }
    Ok(())
}

fn written_out(problems: &[&Problem]) -> String {
    let mut text = problems
        .iter()
        .take(WRITTEN_OUT)
        .map(|problem| problem.detail.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    if problems.len() > WRITTEN_OUT {
        text += &format!("; and {} more", problems.len() - WRITTEN_OUT);
    }
    text
}

/// PostgreSQL's text holds no NUL.
fn storable(text: &str) -> String {
    text.chars().filter(|character| *character != '\0').take(2000).collect()
}

fn digest(raw: &Raw<'_>, reason: Reason, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [
        raw.provider.as_str().as_bytes(),
        raw.channel_slug.unwrap_or_default().as_bytes(),
        raw.client_ref.unwrap_or_default().as_bytes(),
        reason.as_str().as_bytes(),
        body,
    ] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}
