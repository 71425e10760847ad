//! A keep-alive HTTP client with a bounded number of connections to one place.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::framing;

/// Where calls go: a host, a port, and the path in front of each call's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
    path: String,
}

impl Target {
    /// Reads an address such as `http://127.0.0.1:8080/webhooks`.
    ///
    /// # Errors
    /// When it is not a plain `http` address; the simulators live beside what they call and speak no TLS.
    pub fn parse(url: &str) -> Result<Self, String> {
        let rest = url
            .strip_prefix("http://")
            .ok_or_else(|| format!("`{url}` does not begin with http:// (the simulators speak no TLS)"))?;
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => {
                (host, port.parse().map_err(|_| format!("`{url}`: `{port}` is not a port"))?)
            }
            None => (authority, 80),
        };
        if host.is_empty() {
            return Err(format!("`{url}` names no host"));
        }
        Ok(Self { host: host.to_owned(), port, path: path.trim_end_matches('/').to_owned() })
    }

    /// Where nobody listens.
    pub(crate) fn nowhere() -> Self {
        Self { host: "127.0.0.1".to_owned(), port: 1, path: String::new() }
    }

    /// Host and port.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// What a body is unless said otherwise.
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The content type; empty when none was said.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body read as JSON.
    ///
    /// # Errors
    /// When it is not the JSON that `T` expects.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// True for 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody listens there.
    #[error("cannot connect to {0}")]
    Connect(String, #[source] io::Error),
    /// The connection broke before the answer was complete.
    #[error("the connection broke before the answer was complete")]
    Broken(#[source] io::Error),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
}

/// Calls one [`Target`]; cheap to share, connections are reused.
#[derive(Debug)]
pub struct Client {
    target: Target,
    /// The header lines that are the same in every call.
    headers: String,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Client {
    /// A client with at most `connections` calls at a time; further ones wait their turn.
    pub fn new(target: Target, connections: usize, headers: &[(&str, &str)]) -> Self {
        let mut lines = format!("host: {}\r\n", target.authority());
        for (name, value) in headers {
            lines.push_str(&format!("{name}: {value}\r\n"));
        }
        Self {
            target,
            headers: lines,
            idle: Mutex::new(Vec::new()),
            permits: Semaphore::new(connections.max(1)),
        }
    }

    /// Where it calls.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// GET of the target's path followed by `path`.
    ///
    /// # Errors
    /// When no complete answer came within `timeout`.
    pub async fn get(&self, path: &str, timeout: Duration) -> Result<Answer, CallError> {
        self.call("GET", path, JSON, &[], timeout).await
    }

    /// POST of a JSON body to the target's path followed by `path`.
    ///
    /// # Errors
    /// When no complete answer came within `timeout`.
    pub async fn post(&self, path: &str, body: &[u8], timeout: Duration) -> Result<Answer, CallError> {
        self.call("POST", path, JSON, body, timeout).await
    }

    /// POST of a body of any type, with headers of its own.
    ///
    /// # Errors
    /// When no complete answer came within `timeout`.
    pub async fn post_as(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        timeout: Duration,
    ) -> Result<Answer, CallError> {
        self.call("POST", path, headers, body, timeout).await
    }

    /// DELETE of the target's path followed by `path`.
    ///
    /// # Errors
    /// When no complete answer came within `timeout`.
    pub async fn delete(&self, path: &str, timeout: Duration) -> Result<Answer, CallError> {
        self.call("DELETE", path, JSON, &[], timeout).await
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        timeout: Duration,
    ) -> Result<Answer, CallError> {
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(CallError::Broken(io::ErrorKind::NotConnected.into()));
        };
        let request = self.request(method, path, headers, body);
        tokio::time::timeout(timeout, self.exchange(&request))
            .await
            .unwrap_or(Err(CallError::Timeout(timeout)))
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut request = Vec::with_capacity(self.headers.len() + body.len() + 160);
        let base = &self.target.path;
        let path = if base.is_empty() && path.is_empty() { "/" } else { path };
        request.extend_from_slice(format!("{method} {base}{path} HTTP/1.1\r\n").as_bytes());
        request.extend_from_slice(self.headers.as_bytes());
        if !body.is_empty() {
            for (name, value) in headers {
                request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
            request.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        request
    }

    async fn exchange(&self, request: &[u8]) -> Result<Answer, CallError> {
        let mut connection = match self.idle_connection() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let (answer, keep_alive) = connection.exchange(request).await.map_err(CallError::Broken)?;
        if keep_alive {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        Ok(answer)
    }

    /// One that the server has not closed meanwhile.
    fn idle_connection(&self) -> Option<Connection> {
        loop {
            let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<Connection, CallError> {
        let address = (self.target.host.as_str(), self.target.port);
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| CallError::Connect(self.target.authority(), error))?;
        let _ = stream.set_nodelay(true);
        Ok(Connection { stream, buffer: BytesMut::with_capacity(1024) })
    }
}

impl Connection {
    fn is_quiet(&self) -> bool {
        let outcome = self.stream.try_read(&mut [0_u8; 1]);
        matches!(outcome, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<(Answer, bool)> {
        self.stream.write_all(request).await?;
        loop {
            let head = framing::read_head(&mut self.stream, &mut self.buffer, framing::answer_head)
                .await?
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            let body = framing::read_body(&mut self.stream, &mut self.buffer, head.framing).await?;
            if head.first_line >= 200 {
                let content_type =
                    framing::header(&head.bytes, "content-type").unwrap_or_default().to_owned();
                return Ok((Answer { status: head.first_line, content_type, body }, head.keep_alive));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused_with_the_reason() {
        let target = Target::parse("http://127.0.0.1:8080/webhooks/evolution/demo/").unwrap();
        assert_eq!(
            (target.authority().as_str(), target.path.as_str()),
            ("127.0.0.1:8080", "/webhooks/evolution/demo")
        );
        assert_eq!(Target::parse("http://localhost").unwrap().authority(), "localhost:80");
        for (url, problem) in
            [("https://x", "no TLS"), ("http://x:port", "not a port"), ("http:///x", "no host")]
        {
            assert!(Target::parse(url).unwrap_err().contains(problem), "{url}");
        }
    }
}
