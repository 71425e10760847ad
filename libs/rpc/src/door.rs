use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::Instrument;
use uuid::Uuid;

use crate::admission::Admission;
use crate::failure::Kind;
use crate::tokens::Tokens;
use crate::{Caller, Failure, deadline, metrics, reflection, status};

/// Health may be asked by anybody: a cluster's probes have no tokens, and the answer tells nothing.
const OPEN: &str = "/grpc.health.v1.Health/";
const CORRELATION: &str = "correlation-id";

/// What every call passes on its way in, in this order: a place among the calls that can be worked on, a known token,
/// a deadline; and on its way out: complete error details and a measurement.
#[derive(Clone)]
pub(crate) struct Door(Arc<Rules>);

struct Rules {
    tokens: Tokens,
    admission: Admission,
}

impl Door {
    pub(crate) fn new(tokens: Tokens) -> Self {
        Self(Arc::new(Rules { tokens, admission: Admission::new() }))
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
        let correlation_id = correlation_id(&request);
        let span = tracing::info_span!("rpc", method, %correlation_id);
        let answer = async move {
            let started = Instant::now();
            let answer = match pass(&rules, inner, request, correlation_id).await {
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
    let allowed = deadline::of_call(request.headers());
    match tokio::time::timeout(allowed, inner.call(request)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(never)) => match never {},
        Err(_) => Err(Failure::new("DEADLINE_EXCEEDED", Kind::TooLate)),
    }
}

fn correlation_id(request: &Request<Body>) -> Uuid {
    let given = request.headers().get(CORRELATION).and_then(|header| header.to_str().ok());
    given.and_then(|text| Uuid::try_parse(text).ok()).unwrap_or_else(Uuid::now_v7)
}

fn completed(answer: Response<Body>) -> Response<Body> {
    match status::completed(answer.headers()) {
        Some(status) => status.into_http(),
        None => answer,
    }
}
