//! Taking a request in.

use std::sync::Arc;

use bytes::Bytes;
use clock::SharedClock;
use http::HeaderMap;
use jiff::Timestamp;
use sqlx::PgPool;

use super::plan::{self, Plan, Trust};
use super::shared::Shared;
use crate::accept::Acceptor;
use crate::channels::{Channel, Channels, Directory};
use crate::domain::{Parsed, Unparsable};
use crate::metrics;
use crate::providers::{Forged, Provider};
use crate::quarantine::{self, Problem, Raw, Reason};
use crate::statistics::Statistics;
use crate::traffic::Traffic;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Delivered<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its raw body.
    pub body: Bytes,
}

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not from whom it claims.
    #[error(transparent)]
    Forged(#[from] Forged),
    /// Our own trouble; it should come again.
    #[error("we cannot store it now")]
    Unavailable,
}

/// What became of a request that was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Taken {
    /// Events handed on.
    pub accepted: u32,
    /// Events that had been handed on before.
    pub duplicates: u32,
    /// Events that are none of ours.
    pub ignored: u32,
    /// Pieces kept for a person to look at.
    pub quarantined: u32,
    /// Of those handed on, what a conversation did not know: customers' and staff's.
    #[serde(skip)]
    pub news: u32,
    /// When the newest of those was written, as far as the provider says.
    #[serde(skip)]
    pub newest: Option<Timestamp>,
}

/// What intake needs.
#[derive(Debug)]
pub struct Parts {
    /// The channels.
    pub channels: Channels,
    /// The receivers.
    pub acceptor: Acceptor,
    /// For the rows of this service.
    pub rows: PgPool,
    /// The time of receipt.
    pub clock: SharedClock,
    /// The operator's secrets.
    pub shared: Shared,
    /// The public address, without a slash at its end.
    pub public_url: String,
}

/// The intake of webhooks. Clones are the same.
#[derive(Debug, Clone)]
pub struct Intake(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parts: Parts,
    statistics: Statistics,
    traffic: Traffic,
}

impl Intake {
    /// Puts it together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let statistics = Statistics::new(parts.clock.now());
        Self(Arc::new(Inner { parts, statistics, traffic: Traffic::default() }))
    }

    /// Counts since the start.
    #[must_use]
    pub fn statistics(&self) -> &Statistics {
        &self.0.statistics
    }

    /// Who was heard of.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    /// The channels.
    #[must_use]
    pub fn channels(&self) -> &Channels {
        &self.0.parts.channels
    }

    /// The rows of this service.
    #[must_use]
    pub fn rows(&self) -> &PgPool {
        &self.0.parts.rows
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    /// The channels after a look for new ones.
    pub(super) async fn fresh(&self) -> Result<Arc<Directory>, Refused> {
        self.channels().fresh().await.map_err(|error| {
            tracing::warn!(error = %error, "cannot look for new channels");
            Refused::Unavailable
        })
    }

    /// Takes a verified request: when this returns, everything in it is committed, ignored on purpose, or kept.
    pub(super) async fn take(
        &self,
        raw: Raw<'_>,
        addressed: Option<Arc<Channel>>,
        trust: Trust,
        parsed: Result<Parsed, Unparsable>,
    ) -> Result<Taken, Refused> {
        let mut plan = match parsed {
            Ok(parsed) => {
                for routed in &parsed.events {
                    metrics::event(self.statistics(), &routed.event);
                }
                self.plan(&parsed, addressed.as_ref(), &trust, raw.provider, raw.received_at).await?
            }
            Err(error) => Plan::of_problem(Problem {
                reason: Reason::Unparsable,
                channel_id: addressed.as_ref().map(|channel| channel.id),
                detail: error.detail,
            }),
        };
        self.traffic().note(&plan.heard, raw.received_at);
        let problems = std::mem::take(&mut plan.problems);
        let ignored = plan.ignored;
        let handed_on = self.hand_on(plan).await?;
        let problems = [problems, handed_on.problems].concat();
        quarantine::keep(self.rows(), &raw, &problems).await.map_err(|error| {
            tracing::warn!(error = %error, "cannot keep a payload that could not be handed on");
            Refused::Unavailable
        })?;
        Ok(Taken {
            accepted: handed_on.accepted,
            duplicates: handed_on.duplicates,
            ignored,
            quarantined: u32::try_from(problems.len()).unwrap_or(u32::MAX),
            news: handed_on.news,
            newest: handed_on.newest,
        })
    }

    /// Plans with the channels known, and once more after a look for new ones if one was unknown.
    pub(super) async fn plan(
        &self,
        parsed: &Parsed,
        addressed: Option<&Arc<Channel>>,
        trust: &Trust,
        provider: Provider,
        received_at: Timestamp,
    ) -> Result<Plan, Refused> {
        let known = self.channels().directory();
        let first = plan::plan(parsed, addressed, trust, &known, provider, received_at);
        if !first.names_an_unknown_number {
            return Ok(first);
        }
        let fresh = self.fresh().await?;
        Ok(plan::plan(parsed, addressed, trust, &fresh, provider, received_at))
    }
}
