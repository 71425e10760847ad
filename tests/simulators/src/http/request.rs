//! One request as a service sees it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::DeserializeOwned;

/// The methods the simulators tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// DELETE
    Delete,
    /// Anything else: answered as an unknown route.
    Other,
}

impl Method {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "DELETE" => Self::Delete,
            _ => Self::Other,
        }
    }

    /// The word on the wire, for error texts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Other => "OTHER",
        }
    }
}

/// A request with its whole body read.
#[derive(Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) target: String,
    /// The header lines as they came; looked up rarely, so never copied apart.
    pub(super) head: Bytes,
    pub(super) body: Bytes,
}

impl Request {
    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path without the query, still percent-encoded.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The non-empty segments of the path, percent-decoded.
    pub fn segments(&self) -> Vec<String> {
        self.path().split('/').filter(|part| !part.is_empty()).map(super::form::decode).collect()
    }

    /// A parameter of the query, decoded; the first one if it is given twice.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        super::form::pairs(query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value of a header, matched without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        super::framing::header(&self.head, name)
    }

    /// The body's bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body read as a form.
    pub fn form(&self) -> Vec<(String, String)> {
        super::form::pairs(&String::from_utf8_lossy(&self.body))
    }

    /// User and password of basic authentication.
    pub fn basic_auth(&self) -> Option<(String, String)> {
        let (scheme, encoded) = self.header("authorization")?.split_once(' ')?;
        let decoded =
            STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// The token of bearer authentication.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// When the body is not the JSON that `T` expects.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str) -> Request {
        Request {
            method: Method::Get,
            target: target.to_owned(),
            head: Bytes::from_static(b"GET / HTTP/1.1\r\nApiKey:  secret \r\nhost: x\r\n\r\n"),
            body: Bytes::new(),
        }
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        assert_eq!(request("/").header("apikey"), Some("secret"));
        assert_eq!(request("/").header("missing"), None);
    }

    #[test]
    fn path_and_query_are_decoded() {
        let request = request("/message/sendText/harbour%20dental?since=7&text=a+b%21&flag");
        assert_eq!(request.segments(), ["message", "sendText", "harbour dental"]);
        assert_eq!(request.query("since").as_deref(), Some("7"));
        assert_eq!(request.query("text").as_deref(), Some("a b!"));
        assert_eq!(request.query("flag").as_deref(), Some(""));
        assert_eq!(request.query("other"), None);
    }

    #[test]
    fn both_kinds_of_authentication_are_read() {
        let with = |line: &str| Request {
            head: format!("GET / HTTP/1.1\r\nAuthorization: {line}\r\n\r\n").into(),
            ..request("/")
        };
        let basic = with("Basic QUMwMDpzZWNyZXQ6eA==").basic_auth();
        assert_eq!(basic, Some(("AC00".to_owned(), "secret:x".to_owned())));
        assert_eq!(with("Bearer token").bearer(), Some("token"));
        assert_eq!((with("Basic ??").basic_auth(), with("Basic QUMw").bearer()), (None, None));
    }
}
