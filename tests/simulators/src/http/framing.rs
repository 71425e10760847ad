//! Where a message ends: heads and bodies cut out of the bytes of a connection.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Nothing the simulators receive is larger; a real server refuses such bodies too.
const BODY_LIMIT: usize = 32 << 20;
const HEAD_LIMIT: usize = 64 << 10;
const HEADERS: usize = 96;

/// How the length of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    /// Answers only: the body ends where the connection ends.
    UntilClose,
}

/// The value of a header in a head's bytes, matched without regard to case.
pub(super) fn header<'h>(head: &'h [u8], name: &str) -> Option<&'h str> {
    std::str::from_utf8(head).ok()?.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// What both kinds of heads say about the connection and the body.
#[derive(Debug)]
pub(super) struct Head<T> {
    pub first_line: T,
    pub framing: Framing,
    pub keep_alive: bool,
    pub expects_continue: bool,
    /// The bytes of the head, up to and with the empty line.
    pub bytes: Bytes,
}

/// Reads until `buffer` holds a head, and cuts it off. `None`: the peer closed before the first byte.
pub(super) async fn read_head<S, T>(
    stream: &mut S,
    buffer: &mut BytesMut,
    parse: impl Fn(&[u8]) -> io::Result<Option<Parsed<T>>>,
) -> io::Result<Option<Head<T>>>
where
    S: AsyncRead + Unpin,
{
    loop {
        if !buffer.is_empty()
            && let Some(parsed) = parse(buffer)?
        {
            let bytes = buffer.split_to(parsed.length).freeze();
            return Ok(Some(Head {
                first_line: parsed.first_line,
                framing: parsed.framing,
                keep_alive: parsed.keep_alive,
                expects_continue: parsed.expects_continue,
                bytes,
            }));
        }
        if buffer.len() > HEAD_LIMIT {
            return Err(malformed("the head is larger than 64 KiB"));
        }
        if stream.read_buf(buffer).await? == 0 {
            return if buffer.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
    }
}

/// A head that was complete.
pub(super) struct Parsed<T> {
    length: usize,
    first_line: T,
    framing: Framing,
    keep_alive: bool,
    expects_continue: bool,
}

/// Parses a request's head; the first line is (method, target).
pub(super) fn request_head(bytes: &[u8]) -> io::Result<Option<Parsed<(super::Method, String)>>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(bytes).map_err(malformed)? else {
        return Ok(None);
    };
    let facts = Facts::of(request.headers)?;
    let method = super::Method::of(request.method.unwrap_or_default());
    Ok(Some(Parsed {
        length,
        first_line: (method, request.path.unwrap_or("/").to_owned()),
        framing: facts.framing.unwrap_or(Framing::Length(0)),
        keep_alive: facts.keep_alive(request.version),
        expects_continue: facts.expects_continue,
    }))
}

/// Parses an answer's head; the first line is the status.
pub(super) fn answer_head(bytes: &[u8]) -> io::Result<Option<Parsed<u16>>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = answer.parse(bytes).map_err(malformed)? else {
        return Ok(None);
    };
    let status = answer.code.unwrap_or_default();
    let facts = Facts::of(answer.headers)?;
    let bodiless = status < 200 || status == 204 || status == 304;
    let framing = if bodiless { Framing::Length(0) } else { facts.framing.unwrap_or(Framing::UntilClose) };
    Ok(Some(Parsed {
        length,
        first_line: status,
        framing,
        keep_alive: framing != Framing::UntilClose && facts.keep_alive(answer.version),
        expects_continue: false,
    }))
}

#[derive(Default)]
struct Facts {
    framing: Option<Framing>,
    close: bool,
    keep_alive_asked: bool,
    expects_continue: bool,
}

impl Facts {
    fn of(headers: &[httparse::Header<'_>]) -> io::Result<Self> {
        let mut facts = Self::default();
        for header in headers {
            let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
            if header.name.eq_ignore_ascii_case("content-length") {
                let length = value.parse().map_err(|_| malformed("content-length is not a number"))?;
                if length > BODY_LIMIT {
                    return Err(malformed("the body is larger than 32 MiB"));
                }
                facts.framing = Some(Framing::Length(length));
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                facts.framing = Some(Framing::Chunked);
            } else if header.name.eq_ignore_ascii_case("connection") {
                facts.close = value.eq_ignore_ascii_case("close");
                facts.keep_alive_asked = value.eq_ignore_ascii_case("keep-alive");
            } else if header.name.eq_ignore_ascii_case("expect") {
                facts.expects_continue = value.eq_ignore_ascii_case("100-continue");
            }
        }
        Ok(facts)
    }

    fn keep_alive(&self, version: Option<u8>) -> bool {
        if version == Some(0) { self.keep_alive_asked } else { !self.close }
    }
}

/// Reads a body of the given framing, leaving what follows it in `buffer`.
pub(super) async fn read_body<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    framing: Framing,
) -> io::Result<Bytes> {
    match framing {
        Framing::Length(length) => {
            fill(stream, buffer, length).await?;
            Ok(buffer.split_to(length).freeze())
        }
        Framing::Chunked => read_chunks(stream, buffer).await,
        Framing::UntilClose => {
            while stream.read_buf(buffer).await? > 0 {
                if buffer.len() > BODY_LIMIT {
                    return Err(malformed("the body is larger than 32 MiB"));
                }
            }
            Ok(buffer.split().freeze())
        }
    }
}

async fn read_chunks<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut BytesMut) -> io::Result<Bytes> {
    let mut body = BytesMut::new();
    loop {
        let size = loop {
            match httparse::parse_chunk_size(buffer) {
                Ok(httparse::Status::Complete((start, size))) => {
                    buffer.advance(start);
                    break usize::try_from(size).map_err(malformed)?;
                }
                Ok(httparse::Status::Partial) => more(stream, buffer).await?,
                Err(_) => return Err(malformed("a chunk has no size")),
            }
        };
        if body.len() + size > BODY_LIMIT {
            return Err(malformed("the body is larger than 32 MiB"));
        }
        if size == 0 {
            break;
        }
        fill(stream, buffer, size + 2).await?;
        body.extend_from_slice(&buffer.split_to(size));
        buffer.advance(2);
    }
    // Trailers, up to the empty line.
    loop {
        match buffer.windows(2).position(|pair| pair == b"\r\n") {
            Some(0) => {
                buffer.advance(2);
                return Ok(body.freeze());
            }
            Some(end) => buffer.advance(end + 2),
            None => more(stream, buffer).await?,
        }
    }
}

async fn fill<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut BytesMut, length: usize) -> io::Result<()> {
    while buffer.len() < length {
        more(stream, buffer).await?;
    }
    Ok(())
}

async fn more<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut BytesMut) -> io::Result<()> {
    if stream.read_buf(buffer).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn malformed(problem: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_chunked_body_is_put_together_and_the_next_message_is_left() -> io::Result<()> {
        let mut wire: &[u8] = b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\nGET /";
        let mut buffer = BytesMut::new();
        let body = read_body(&mut wire, &mut buffer, Framing::Chunked).await?;
        assert_eq!(&body[..], b"hello world");
        assert_eq!(&buffer[..], b"GET /");
        Ok(())
    }

    #[tokio::test]
    async fn a_body_cut_short_is_an_error() {
        let mut wire: &[u8] = b"abc";
        let outcome = read_body(&mut wire, &mut BytesMut::new(), Framing::Length(5)).await;
        assert_eq!(outcome.map_err(|error| error.kind()), Err(io::ErrorKind::UnexpectedEof));
    }

    #[test]
    fn heads_tell_how_long_the_body_is_and_whether_the_connection_stays() -> io::Result<()> {
        let cases: [(&[u8], Framing, bool); 5] = [
            (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n", Framing::Length(3), true),
            (b"HTTP/1.1 204 No Content\r\n\r\n", Framing::Length(0), true),
            (b"HTTP/1.1 200 OK\r\n\r\n", Framing::UntilClose, false),
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
                Framing::Chunked,
                false,
            ),
            (b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", Framing::Length(0), false),
        ];
        for (wire, framing, keep_alive) in cases {
            let parsed = answer_head(wire)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            assert_eq!((parsed.framing, parsed.keep_alive), (framing, keep_alive));
        }
        assert!(request_head(b"GET / HTTP/1.1\r\nhost: x\r\n")?.is_none());
        assert!(request_head(b"POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n").is_err());
        Ok(())
    }
}
