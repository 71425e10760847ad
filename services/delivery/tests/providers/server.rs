//! The other side: a server with scripted answers, and a socket that misbehaves.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Response, Uri};
use delivery::domain::outcome::Outcome;
use delivery::providers::evolution::Account;
use delivery::providers::{Body as Content, ChannelAccount, Outgoing, Provider, Providers, http};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

pub const KEY: &str = "evolution-demo-key";
pub const TO: &str = "447700900123";
pub const TEXT: &str = "Shall we say Thursday 10:00?";

/// Long enough for every answer on a loaded machine; no test that passes waits for it.
pub const AMPLE: Duration = Duration::from_secs(20);

/// For servers that never answer: the test takes this long.
pub const SHORT: Duration = Duration::from_millis(150);

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub peer: SocketAddr,
}

impl Seen {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A server that gives the same answers to everybody.
pub struct Server {
    pub base_url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub async fn answering<F>(answer: F) -> Self
    where
        F: Fn(&Seen) -> Response<Body> + Clone + Send + Sync + 'static,
    {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let record = seen.clone();
        let app = Router::new().fallback(
            move |method: Method,
                  uri: Uri,
                  ConnectInfo(peer): ConnectInfo<SocketAddr>,
                  headers: HeaderMap,
                  body: Bytes| async move {
                let request = Seen { method, uri, headers, body, peer };
                let response = answer(&request);
                record.lock().unwrap().push(request);
                response
            },
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
        });
        Self { base_url, seen }
    }

    pub async fn with(
        status: u16,
        headers: &'static [(&'static str, &'static str)],
        body: impl Into<Bytes>,
    ) -> Self {
        let body = body.into();
        Self::answering(move |_| response(status, headers, body.clone())).await
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

/// A socket whose every connection is handled by `handle`.
pub async fn socket<F, R>(handle: F) -> String
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handle(stream));
        }
    });
    address.to_string()
}

/// Reads until the whole request, head and body, is there.
pub async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !request.ends_with(b"}") {
        let read = stream.read(&mut chunk).await.unwrap();
        assert!(read > 0, "the client closed before it had sent everything");
        request.extend_from_slice(&chunk[..read]);
    }
}

pub fn providers() -> Providers {
    Providers::new(http::client().unwrap())
}

pub fn channel(base_url: &str) -> ChannelAccount {
    ChannelAccount::Evolution(Account::try_new(base_url, "harbour-dental", KEY.to_owned().into()).unwrap())
}

pub fn text() -> Outgoing {
    Outgoing { to: TO.into(), body: Content::Text { text: TEXT.into() } }
}

pub async fn send_within(base_url: &str, time: Duration) -> Outcome {
    providers().send(&channel(base_url), &text(), Instant::now() + time).await
}
