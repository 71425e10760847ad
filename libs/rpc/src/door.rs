use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::FutureExt;
use http::{HeaderMap, Request, Response};
use runtime::Lifecycle;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::Instrument;
use uuid::Uuid;

use crate::admission::Admission;
use crate::failure::Kind;
use crate::tokens::Tokens;
use crate::{Caller, Failure, deadline, keepable, metrics, reflection, status};

/// Health may be asked by anybody: a cluster's probes have no tokens, and the answer tells nothing.
const OPEN: &str = "/grpc.health.v1.Health/";
pub(crate) const CORRELATION: &str = "correlation-id";

/// What every call passes on its way in, in this order: a place among the calls that can be worked on, a known token,
/// a deadline, the end of the process, texts that can be kept; and on its way out: complete error details and a measurement.
#[derive(Clone)]
pub(crate) struct Door(Arc<Rules>);

struct Rules {
    tokens: Tokens,
    admission: Admission,
    lifecycle: Lifecycle,
}

impl Door {
    pub(crate) fn new(tokens: Tokens, lifecycle: Lifecycle) -> Self {
        Self(Arc::new(Rules { tokens, admission: Admission::new(), lifecycle }))
    }
}

impl<S> Layer<S> for Door {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Guarded { rules: Arc::clone(&self.0), inner }
    }
}

#[derive(Clone)]
pub(crate) struct Guarded<S> {
    rules: Arc<Rules>,
    inner: S,
}

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The clone stays behind for the next call; the one that was polled ready takes this one.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let rules = Arc::clone(&self.rules);
        let method = reflection::method_label(request.uri().path());
        let correlation_id = correlation_id(request.headers());
        let span = tracing::info_span!("rpc", method, %correlation_id);
        // Counted from here, as the library does, not from whenever the future is first polled.
        let until = tokio::time::Instant::now() + deadline::of_call(request.headers());
        let answer = async move {
            let started = Instant::now();
            let answer = match pass(&rules, inner, request, correlation_id, until).await {
                Ok(answer) => completed(answer),
                Err(failure) => Status::from(failure).into_http(),
            };
            let code =
                Status::from_header_map(answer.headers()).map_or(tonic::Code::Ok, |status| status.code());
            metrics::answered(method, status::name(code), started.elapsed());
            Ok(answer)
        };
        Box::pin(answer.instrument(span))
    }
}

async fn pass<S>(
    rules: &Rules,
    mut inner: S,
    mut request: Request<Body>,
    correlation_id: Uuid,
    until: tokio::time::Instant,
) -> Result<Response<Body>, Failure>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let _place = if request.uri().path().starts_with(OPEN) {
        None
    } else {
        let place = rules.admission.enter()?;
        let role = rules.tokens.role(request.headers())?;
        request.extensions_mut().insert(Caller { role, correlation_id });
        Some(place)
    };
    let answer = async move {
        let request = keepable::call(request).await?;
        match inner.call(request).await {
            Ok(answer) => Ok(answer),
            Err(never) => match never {},
        }
    };
    // A panic would take the connection with it, and every other call on it.
    let answer = AssertUnwindSafe(answer).catch_unwind();
    tokio::select! {
        answer = answer => match answer {
            Ok(answer) => answer,
            Err(_) => Err(Failure::internal("the method panicked; the panic is in the log before this line")),
        },
        () = tokio::time::sleep_until(until) => Err(Failure::new("DEADLINE_EXCEEDED", Kind::TooLate)),
        () = rules.lifecycle.cut().cancelled_owned() => {
            Err(Failure::unavailable("the service stopped before there was an answer", "ask again").reason("STOPPED"))
        }
    }
}

pub(crate) fn correlation_id(headers: &HeaderMap) -> Uuid {
    let given = headers.get(CORRELATION).and_then(|header| header.to_str().ok());
    given.and_then(|text| Uuid::try_parse(text).ok()).unwrap_or_else(Uuid::now_v7)
}

fn completed(answer: Response<Body>) -> Response<Body> {
    match status::completed(answer.headers()) {
        Some(status) => status.into_http(),
        None => answer,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use settings::Auth;
    use tonic::Code;
    use tonic_types::StatusExt;
    use tower::{ServiceExt, service_fn};

    use super::*;

    fn door() -> Option<Door> {
        let auth = Auth { viewer_token: "viewer-token".into(), ..Auth::default() };
        Tokens::new(&auth).ok().map(|tokens| Door::new(tokens, Lifecycle::new()))
    }

    fn request(timeout: &str) -> Option<Request<Body>> {
        let request = Request::builder().uri("/frontdesk.work.v1.DeadItemService/GetDeadItem");
        let request = request.header("authorization", "Bearer viewer-token").header("grpc-timeout", timeout);
        request.body(Body::empty()).ok()
    }

    /// Not over a port, because the library's client gives up at the same moment and in other words.
    #[tokio::test(start_paused = true)]
    async fn a_call_whose_time_is_up_is_told_so() -> Result<(), &'static str> {
        let silent =
            service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, Infallible>>());
        let guarded = door().ok_or("no door")?.layer(silent);
        let started = tokio::time::Instant::now();
        let Ok(answer) = guarded.oneshot(request("2S").ok_or("no request")?).await;
        assert!(started.elapsed() < Duration::from_secs(2));
        let status = Status::from_header_map(answer.headers()).ok_or("no status")?;
        assert_eq!(status.code(), Code::DeadlineExceeded);
        let info = status.get_details_error_info().ok_or("no details")?;
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("DEADLINE_EXCEEDED", "frontdesk"));
        Ok(())
    }
}
