//! The other side: a server with scripted answers, and a socket that misbehaves.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Response, Uri};
use delivery::domain::content::Said;
use delivery::domain::outcome::Outcome;
use delivery::providers::evolution::Account;
use delivery::providers::{ChannelAccount, Outgoing, Provider, Providers, http, meta, twilio};
use ids::MessageId;
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

    /// The fields of a form, in their order.
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
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
    while !is_whole(&request) {
        let read = stream.read(&mut chunk).await.unwrap();
        assert!(read > 0, "the client closed before it had sent everything");
        request.extend_from_slice(&chunk[..read]);
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}

pub fn providers() -> Providers {
    Providers::new(http::client().unwrap())
}

pub fn channel(base_url: &str) -> ChannelAccount {
    ChannelAccount::Evolution(Account::try_new(base_url, "harbour-dental", KEY.to_owned().into()).unwrap())
}

/// The number of Meta's Cloud API that its samples know.
pub fn meta(base_url: &str) -> ChannelAccount {
    let url = format!("{base_url}/v23.0");
    ChannelAccount::Meta(
        meta::Account::try_new(&url, "109876543210987", "204060801030507", KEY.to_owned().into()).unwrap(),
    )
}

pub const ACCOUNT_SID: &str = "AC00112233445566778899aabbccddeeff";

/// The sender that Twilio's samples know.
pub fn twilio(base_url: &str) -> ChannelAccount {
    let credentials = twilio::Credentials { user: ACCOUNT_SID.into(), secret: KEY.to_owned().into() };
    let callbacks = Some("https://desk.example.test/webhooks/twilio/harbour/status");
    let from = "whatsapp:+447700900300";
    let account = twilio::Account::try_new(base_url, ACCOUNT_SID, from, credentials, callbacks);
    ChannelAccount::Twilio(account.unwrap())
}

/// The three of them at one address.
pub fn all(base_url: &str) -> [ChannelAccount; 3] {
    [channel(base_url), meta(base_url), twilio(base_url)]
}

pub fn outgoing(said: Said) -> Outgoing {
    Outgoing { reference: MessageId::generate(), to: TO.into(), said, as_template: false, useful_for: None }
}

/// A message with the content as a row holds it.
pub fn saying(body: serde_json::Value) -> Outgoing {
    outgoing(serde_json::from_value(body).unwrap())
}

pub fn text() -> Outgoing {
    outgoing(Said::text(TEXT))
}

pub async fn send_through(channel: &ChannelAccount, message: &Outgoing, time: Duration) -> Outcome {
    providers().send(channel, message, Instant::now() + time).await
}

pub async fn send_within(base_url: &str, time: Duration) -> Outcome {
    send_through(&channel(base_url), &text(), time).await
}
