use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use http::{Request, Response};
use runtime::Lifecycle;
use settings::Auth;
use thiserror::Error;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tower::Service;

use crate::door::Door;
use crate::tokens::{SharedToken, Tokens};
use crate::{metrics, reflection};

const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(10);
/// Streams per connection; a client with more opens a second connection.
const STREAMS: u32 = 256;
/// For the answers to dropped calls.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Names that a client may make us remember per call.
const HEADER_BYTES: u32 = 16 * 1024;

/// A gRPC server with everything that all of ours have: reflection, health, tokens and roles, deadlines, limits,
/// complete error details, metrics.
#[must_use = "a server does nothing before serve"]
pub struct Server {
    addr: SocketAddr,
    auth: Auth,
    routes: RoutesBuilder,
    services: Vec<&'static str>,
}

/// Why a server could not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The port is taken or not ours to take.
    #[error(
        "cannot open the gRPC port {addr}; another process may have it, or choose another in the configuration"
    )]
    Port {
        /// Which address.
        addr: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The HTTP port is taken or not ours to take.
    #[error(
        "cannot open the HTTP port {addr}; another process may have it, or choose another in the configuration"
    )]
    Http {
        /// Which address.
        addr: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The tokens are ambiguous.
    #[error(transparent)]
    Tokens(#[from] SharedToken),
    /// The descriptors of the contracts cannot be read: a mistake in the program.
    #[error("reflection cannot be built")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl Server {
    /// A server that will listen on `addr` (port 0: any free one).
    pub fn new(addr: SocketAddr, auth: &Auth) -> Self {
        Self { addr, auth: auth.clone(), routes: Routes::builder(), services: Vec::new() }
    }

    /// Adds a service: the generated `…Server::new(implementation)`. Messages of up to 4 MiB are accepted.
    pub fn with_service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes.add_service(service);
        self.services.push(S::NAME);
        self
    }

    /// Opens the port and serves until the process stops: then health says so, no connection is accepted, calls
    /// under way are finished, and at the cut dropped. Returns the address.
    pub async fn serve(mut self, lifecycle: Lifecycle) -> Result<SocketAddr, ServeError> {
        let tokens = Tokens::new(&self.auth)?;
        if tokens.is_empty() {
            tracing::warn!("no token is configured in [auth]; every call will be refused");
        }
        metrics::describe();
        reflection::add(&mut self.routes, &self.services)?;
        let (health, health_service) = tonic_health::server::health_reporter();
        self.routes.add_service(health_service);
        for service in &self.services {
            health.set_service_status(service, ServingStatus::Serving).await;
        }

        let port = |source| ServeError::Port { addr: self.addr, source };
        let incoming = TcpIncoming::bind(self.addr).map_err(port)?.with_nodelay(Some(true));
        let bound = incoming.local_addr().map_err(port)?;

        let stopping = lifecycle.stopping();
        let services = self.services;
        let told = async move {
            stopping.cancelled().await;
            for service in services.iter().chain([&""]) {
                health.set_service_status(service, ServingStatus::NotServing).await;
            }
        };
        let serving = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_keepalive_timeout(Some(KEEPALIVE_ANSWER))
            .max_concurrent_streams(STREAMS)
            .http2_max_header_list_size(HEADER_BYTES)
            .layer(Door::new(tokens, lifecycle.clone()))
            .add_routes(self.routes.routes().prepare())
            .serve_with_incoming_shutdown(incoming, told);
        let cut = lifecycle.cut();
        lifecycle.spawn("grpc", async move {
            tokio::pin!(serving);
            tokio::select! {
                done = &mut serving => done.context("the gRPC server failed"),
                () = cut.cancelled() => {
                    // Callers whose calls were dropped still learn it; streams that go on are not waited for.
                    let _ = tokio::time::timeout(LAST_WORDS, serving).await;
                    Ok(())
                }
            }
        });
        Ok(bound)
    }
}
