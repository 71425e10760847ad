//! One request to whichever model answers it, within the turn's time.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

use super::breaker::Outcome;
use super::ports::{Endpoint, Retries};
use super::{Ports, metrics};
use crate::domain::{Degraded, Stats};
use crate::model::{Answer, Class, ModelError, Phase, Request};

/// With less time left no model has a chance; what remains is for saying so.
const LEAST: Duration = Duration::from_secs(1);

/// Why no model answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// A shorter request may be answered.
    TooLong,
    /// It, or a filter before it, said no.
    Refused,
    /// Nobody answers.
    Failed(Degraded),
}

/// Asks the endpoints in their order. `request.timeout` is set here.
pub(super) async fn complete(
    ports: &Ports,
    request: &mut Request,
    deadline: Instant,
    stats: &mut Stats,
) -> Result<Answer, NoAnswer> {
    let mut failed = Degraded::ModelUnavailable;
    for endpoint in ports.models.iter() {
        match ask(ports, endpoint, request, deadline, stats).await {
            Ok(answer) => {
                if let Some(usage) = answer.usage {
                    stats.input_tokens += usage.input;
                    stats.cached_tokens += usage.cached;
                    stats.output_tokens += usage.output;
                }
                return Ok(answer);
            }
            Err(GaveUp::Refused) => return Err(NoAnswer::Refused),
            Err(GaveUp::TooLong) => return Err(NoAnswer::TooLong),
            Err(GaveUp::Closed) => {}
            Err(GaveUp::Because(why)) => failed = why,
        }
    }
    Err(NoAnswer::Failed(if left(deadline) < LEAST { Degraded::Deadline } else { failed }))
}

enum GaveUp {
    /// Its breaker is open.
    Closed,
    TooLong,
    Refused,
    Because(Degraded),
}

async fn ask(
    ports: &Ports,
    endpoint: &Endpoint,
    request: &mut Request,
    deadline: Instant,
    stats: &mut Stats,
) -> Result<Answer, GaveUp> {
    let mut attempt = 0;
    loop {
        if left(deadline) < LEAST {
            return Err(GaveUp::Because(Degraded::Deadline));
        }
        if !endpoint.admit(ports.clock.now()) {
            return Err(GaveUp::Closed);
        }
        request.timeout = left(deadline);
        let started = Instant::now();
        let asked = tokio::time::timeout_at(deadline, endpoint.model().complete(request));
        let result = asked.await.unwrap_or(Err(ModelError::Timeout(Phase::Answer)));
        let name = endpoint.model().name();
        metrics::model_attempt(
            name,
            result.as_ref().err().map_or("answered", ModelError::label),
            started.elapsed(),
        );
        let error = match result {
            Ok(answer) => {
                endpoint.record(ports.clock.now(), Outcome::Success);
                return Ok(answer);
            }
            Err(error) => error,
        };
        endpoint.record(ports.clock.now(), outcome(&error));
        match error.class() {
            Class::Misconfigured | Class::BadRequest => {
                tracing::error!(endpoint = name, kind = error.label(), remedy = %error, "model endpoint refuses us");
            }
            _ => tracing::warn!(endpoint = name, kind = error.label(), attempt, "model did not answer"),
        }
        let wait = match error.class() {
            Class::Retry { wait } => wait,
            Class::Malformed => None,
            Class::Shrink => return Err(GaveUp::TooLong),
            Class::Refused => return Err(GaveUp::Refused),
            Class::Misconfigured | Class::BadRequest => return Err(GaveUp::Because(Degraded::Misconfigured)),
        };
        let pause = pause(&ports.rules.retries, attempt, wait);
        // A wait that does not fit is not waited: another endpoint or the menu serves the customer better.
        if attempt >= ports.rules.retries.most || pause.saturating_add(LEAST) > left(deadline) {
            let why = if error.class() == Class::Malformed {
                Degraded::ModelError
            } else {
                Degraded::ModelUnavailable
            };
            return Err(GaveUp::Because(why));
        }
        tokio::time::sleep(pause).await;
        attempt += 1;
        stats.model_retries += 1;
    }
}

fn outcome(error: &ModelError) -> Outcome {
    match error.class() {
        Class::Retry { .. } => Outcome::Failure,
        Class::Malformed => Outcome::Malformed,
        Class::Misconfigured => Outcome::Misconfigured,
        // It works; this request was not for it.
        Class::Shrink | Class::BadRequest | Class::Refused => Outcome::Success,
    }
}

/// Full jitter below a doubling bound, so that turns which failed together do not come back together.
fn pause(retries: &Retries, attempt: u32, wait: Option<Duration>) -> Duration {
    let bound = retries.first.saturating_mul(2_u32.saturating_pow(attempt)).min(retries.longest);
    let drawn = bound.mul_f64(rand::rng().random_range(0.0..=1.0));
    wait.map_or(drawn, |wait| wait.max(drawn))
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
