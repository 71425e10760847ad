//! What every webhook passes: a place among the requests under way, the reading of its body, the time limit, the counting.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use runtime::Readiness;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::answer::Answer;
use super::body;
use crate::intake::{Intake, Refused, Taken};
use crate::metrics;
use crate::providers::Provider;

/// What a request may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Time to send it.
    pub read: Duration,
    /// Time to commit it.
    pub accept: Duration,
    /// What a 503 asks to wait.
    pub retry_after: Duration,
    /// Requests under way.
    pub concurrent: usize,
}

/// The state of the routes. Clones are the same.
#[derive(Debug, Clone)]
pub struct Door(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    intake: Intake,
    limits: Limits,
    readiness: Readiness,
    places: Semaphore,
}

impl Door {
    /// A door in front of `intake`.
    #[must_use]
    pub fn new(intake: Intake, limits: Limits, readiness: Readiness) -> Self {
        let places = Semaphore::new(limits.concurrent);
        Self(Arc::new(Inner { intake, limits, readiness, places }))
    }

    pub(super) fn intake(&self) -> &Intake {
        &self.0.intake
    }

    pub(super) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Reads a request's body and takes the request by `take`, within its limits. Whatever happens, there is an answer in
    /// the provider's language, and it is counted.
    pub(super) async fn pass<T>(
        &self,
        provider: Provider,
        channel: Option<&str>,
        request: Request,
        take: impl FnOnce(HeaderMap, Bytes) -> T,
    ) -> Response
    where
        T: Future<Output = Result<Taken, Refused>>,
    {
        let started = Instant::now();
        let answer = self.answer(request, take).await;
        self.note(&answer, provider, channel);
        metrics::answered(self.intake().statistics(), provider, answer.outcome(), started.elapsed());
        answer.into_response(provider, self.limits())
    }

    async fn answer<T>(&self, request: Request, take: impl FnOnce(HeaderMap, Bytes) -> T) -> Answer
    where
        T: Future<Output = Result<Taken, Refused>>,
    {
        let Inner { limits, places, .. } = &*self.0;
        let Ok(_place) = places.try_acquire() else { return Answer::Unavailable };
        let (head, sent) = request.into_parts();
        let body = match tokio::time::timeout(limits.read, body::read(&head.headers, sent, limits.body)).await
        {
            Ok(Ok(body)) => body,
            Ok(Err(body::Unreadable::TooLarge)) => return Answer::TooLarge,
            Ok(Err(body::Unreadable::CutShort)) | Err(_) => return Answer::CutShort,
        };
        match tokio::time::timeout(limits.accept, take(head.headers, body)).await {
            Ok(Ok(taken)) => Answer::Taken(taken),
            Ok(Err(Refused::Forged(why))) => Answer::Forged(why),
            // Too late: it may be stored all the same, and is recognised when it comes again.
            Ok(Err(Refused::Unavailable)) | Err(_) => Answer::Unavailable,
        }
    }

    fn note(&self, answer: &Answer, provider: Provider, channel: Option<&str>) {
        let provider = provider.as_str();
        match answer {
            Answer::Taken(taken) => tracing::debug!(provider, channel, ?taken, "webhook taken"),
            Answer::Forged(why) => {
                tracing::warn!(provider, channel, cause = %why, "webhook refused as forged; if it is not, correct the secret");
            }
            Answer::TooLarge => {
                tracing::warn!(
                    provider,
                    channel,
                    limit = self.limits().body,
                    "webhook refused: longer than ingest.body_limit"
                );
            }
            Answer::CutShort => {
                tracing::warn!(provider, channel, "webhook refused: its sender did not finish")
            }
            // One line per request would bury the cause, which is logged where it was met.
            Answer::Unavailable => tracing::debug!(provider, channel, "webhook refused; it must come again"),
        }
    }
}
