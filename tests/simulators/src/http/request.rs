//! One request as a service sees it.

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
        self.path().split('/').filter(|part| !part.is_empty()).map(decode).collect()
    }

    /// A parameter of the query, decoded; the first one if it is given twice.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('=').or(Some((pair, ""))))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decode(&value.replace('+', " ")))
    }

    /// The value of a header, matched without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(&self.head).ok()?.split("\r\n").skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body's bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// When the body is not the JSON that `T` expects.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = (byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
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
    fn a_broken_escape_is_kept_as_it_is() {
        assert_eq!(decode("50%é%2"), "50%é%2");
    }
}
