//! Plain HTTP beside gRPC, for programs that do not speak it: the same tokens and roles, the same limits and failures.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use axum::Router;
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt as _;
use futures_util::FutureExt;
use http::{HeaderValue, StatusCode};
use runtime::Lifecycle;
use serde::de::DeserializeOwned;
use settings::Auth;
use tokio::net::TcpListener;
use tracing::Instrument;

use crate::admission::Admission;
use crate::door::{CORRELATION, correlation_id};
use crate::failure::Kind;
use crate::problem::Problem;
use crate::tokens::Tokens;
use crate::{Caller, Failure, ServeError, deadline, keepable, metrics};

/// An HTTP port with everything that all of ours have: tokens and roles, deadlines, limits, failures as problem details
/// (RFC 9457), metrics. Handlers take `axum::Extension<Caller>`, ask [`Caller::may`] first, and answer failures with
/// [`Failure`].
#[must_use = "a port does nothing before serve"]
pub struct Web {
    addr: SocketAddr,
    auth: Auth,
    routes: Router,
    body: usize,
    front: &'static [&'static str],
}

/// Bytes of a body, unless said otherwise.
const BODY: usize = 256 * 1024;

struct Rules {
    tokens: Tokens,
    admission: Admission,
    lifecycle: Lifecycle,
}

impl Web {
    /// A port that will listen on `addr` (port 0: any free one).
    pub fn new(addr: SocketAddr, auth: &Auth) -> Self {
        Self { addr, auth: auth.clone(), routes: Router::new(), body: BODY, front: &[] }
    }

    /// Adds routes. All of them need a token.
    pub fn with_routes(mut self, routes: Router) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// The longest body that is read, in bytes; 256 KiB unless said.
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body = bytes;
        self
    }

    /// Answers for these paths, and everything below them, at the process's front door, too.
    pub const fn at_front(mut self, paths: &'static [&'static str]) -> Self {
        self.front = paths;
        self
    }

    /// Answers at the process's front door alone, without a port.
    pub fn serve_at_front(self, lifecycle: &Lifecycle) -> Result<(), ServeError> {
        self.into_routes(lifecycle).map(drop)
    }

    /// The routes with all their rules, handed to the front door as far as they are wanted there.
    fn into_routes(self, lifecycle: &Lifecycle) -> Result<Router, ServeError> {
        let rules = Rules {
            tokens: Tokens::new(&self.auth)?,
            admission: Admission::new(),
            lifecycle: lifecycle.clone(),
        };
        metrics::describe();
        let routes = self
            .routes
            .fallback(nowhere)
            .method_not_allowed_fallback(wrong_method)
            .layer(axum::extract::DefaultBodyLimit::max(self.body))
            .layer(middleware::from_fn_with_state(Arc::new(rules), guard));
        lifecycle.front().hand(self.front, &routes);
        Ok(routes)
    }

    /// Opens the port and serves until the process stops: then no connection is accepted, requests under way are
    /// answered, and at the cut dropped. Returns the address.
    pub async fn serve(self, lifecycle: Lifecycle) -> Result<SocketAddr, ServeError> {
        let addr = self.addr;
        let port = |source| ServeError::Http { addr, source };
        let routes = self.into_routes(&lifecycle)?;
        let listener = TcpListener::bind(addr).await.map_err(port)?;
        let bound = listener.local_addr().map_err(port)?;
        // Answers are small and must not wait for company.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let (stopping, cut) = (lifecycle.stopping(), lifecycle.cut());
        lifecycle.spawn("http", async move {
            let serving = axum::serve(listener, routes).with_graceful_shutdown(stopping.cancelled_owned());
            tokio::select! {
                done = serving => done.context("the HTTP port failed"),
                () = cut.cancelled() => Ok(()),
            }
        });
        Ok(bound)
    }
}

/// A body of JSON. What cannot be read is a problem that says where.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let body = axum::body::Bytes::from_request(request, state).await.map_err(|refused| {
            let (reason, remedy) = match refused.status() {
                StatusCode::PAYLOAD_TOO_LARGE => ("BODY_TOO_LARGE", "send less at a time"),
                _ => ("BODY_CUT_SHORT", "send it again"),
            };
            Problem::new(refused.status(), reason, format!("the body cannot be read; {remedy}"))
                .into_response()
        })?;
        keepable::json(&body).map_err(IntoResponse::into_response)?;
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            Failure::invalid("body", format!("cannot be read: {error}"), "mend it there").into_response()
        })
    }
}

async fn guard(State(rules): State<Arc<Rules>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unknown".to_owned(), |path| path.as_str().to_owned());
    let correlation_id = correlation_id(request.headers());
    let span = tracing::info_span!("http", route, %correlation_id);
    let answer = async {
        let _place = rules.admission.enter()?;
        let role = rules.tokens.role(request.headers())?;
        keepable::address(request.uri())?;
        request.extensions_mut().insert(Caller { role, correlation_id });
        // A panic would take the connection with it.
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
        tokio::select! {
            answer = answer => {
                answer.map_err(|_| Failure::internal("the handler panicked; the panic is in the log before this line"))
            }
            () = tokio::time::sleep(deadline::DEFAULT) => Err(Failure::new("DEADLINE_EXCEEDED", Kind::TooLate)),
            () = rules.lifecycle.cut().cancelled_owned() => {
                Err(Failure::unavailable("the service stopped before there was an answer", "ask again").reason("STOPPED"))
            }
        }
    };
    let mut answer = answer
        .instrument(span.clone())
        .await
        .unwrap_or_else(|failure| span.in_scope(|| failure.into_response()));
    if let Ok(id) = HeaderValue::try_from(correlation_id.to_string()) {
        answer.headers_mut().insert(CORRELATION, id);
    }
    metrics::answered_http(route, answer.status().as_u16(), started.elapsed());
    answer
}

async fn nowhere() -> Response {
    Problem::new(
        StatusCode::NOT_FOUND,
        "NO_SUCH_ADDRESS",
        "there is nothing at this address; see docs/operating.md",
    )
    .into_response()
}

async fn wrong_method() -> Response {
    let told = "this address does not take this method; the header allow names those it does";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", told).into_response()
}
