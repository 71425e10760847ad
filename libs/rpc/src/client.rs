use std::error::Error;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response};
use settings::Secret;
use thiserror::Error;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tower::Service;

use crate::failure::Kind;
use crate::{Failure, deadline, tokens};

const CONNECT: Duration = Duration::from_secs(2);
const KEEPALIVE: Duration = Duration::from_secs(20);
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(5);

/// A connection to another service; hand it to a generated client: `BookingServiceClient::new(client)`. Cheap to
/// clone; clones share the connection.
///
/// Every call shows the token and has a deadline: that of its request (`Request::set_timeout`), else 30 s.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    bearer: HeaderValue,
}

/// Why a client could not be made. A server that is not there is no reason: the connection is made with the first call.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is not one.
    #[error("{0:?} is not the address of a service; write http://host:port")]
    Address(String),
    /// The token holds characters that cannot be sent.
    #[error("the service token holds characters that cannot stand in a header; choose another in [auth]")]
    Token,
}

/// A client for the service at `uri` (`http://host:port`). Connects when first used, and again whenever needed. Must be
/// called inside a tokio runtime.
pub fn connect(uri: &str, token: &Secret) -> Result<Client, ConnectError> {
    let address = || ConnectError::Address(uri.to_owned());
    if !uri.starts_with("http://") {
        return Err(address());
    }
    let channel = Endpoint::from_shared(uri.to_owned())
        .map_err(|_| address())?
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE_ANSWER)
        .keep_alive_while_idle(true)
        .connect_lazy();
    let bearer = tokens::bearer(token).ok_or(ConnectError::Token)?;
    Ok(Client { channel, bearer })
}

impl Service<Request<Body>> for Client {
    type Response = Response<Body>;
    type Error = tonic::transport::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        request.headers_mut().insert(AUTHORIZATION, self.bearer.clone());
        let allowed = deadline::of_request(request.headers_mut());
        let answer = self.channel.call(request);
        Box::pin(async move {
            match tokio::time::timeout(allowed, answer).await {
                Ok(Err(error)) if is_timeout(&error) => Ok(too_late()),
                Ok(answer) => answer,
                Err(_) => Ok(too_late()),
            }
        })
    }
}

fn too_late() -> Response<Body> {
    Status::from(Failure::new("DEADLINE_EXCEEDED", Kind::TooLate)).into_http()
}

/// Whether the library's own timer for the same deadline was faster; it would make CANCELLED of it.
fn is_timeout(error: &tonic::transport::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<tonic::TimeoutExpired>() {
            return true;
        }
        cause = error.source();
    }
    false
}
