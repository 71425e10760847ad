//! One HTTP question, with nothing but a socket.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Servers on loopback answer in microseconds; one that takes longer is not healthy.
const PATIENCE: Duration = Duration::from_millis(500);

/// The answer to `GET path` from the server on a loopback port: status and body. `None` when it does not answer.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    // Version 1.0: the answer ends where the connection does. Written in one piece, for a server may answer and close
    // after the first.
    let question = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(question.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    parse(&String::from_utf8_lossy(&answer))
}

/// Whether `GET path` is answered with 200.
pub fn ok(port: u16, path: &str) -> bool {
    matches!(get(port, path), Some((200, _)))
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn status_and_body_are_told_apart() {
        let answer = "HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\nclosed";
        assert_eq!(parse(answer), Some((503, "closed".to_owned())));
        assert_eq!(parse("nonsense"), None);
    }
}
