//! The ways an answer goes out, the broken ones included.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Reply;

/// How an answer reaches the caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wire {
    /// Whole and at once.
    #[default]
    Whole,
    /// The head and half of the body, then the connection is closed.
    Half,
    /// Whole, byte after byte with a pause between them.
    Drip(Duration),
    /// Not at all: the connection is reset.
    Reset,
    /// Not at all: the connection stays open and silent for this long, then it is closed.
    Silence(Duration),
}

/// Sends `reply`; true when the connection can serve another request.
pub(super) async fn send(stream: &mut TcpStream, reply: &Reply, keep_alive: bool) -> io::Result<bool> {
    match reply.wire {
        Wire::Whole => {
            stream.write_all(&reply.bytes(keep_alive)).await?;
            Ok(keep_alive)
        }
        Wire::Half => {
            let bytes = reply.bytes(false);
            let kept = bytes.len() - reply.body.len().div_ceil(2);
            stream.write_all(bytes.get(..kept).unwrap_or(&bytes)).await?;
            stream.shutdown().await?;
            Ok(false)
        }
        Wire::Drip(pause) => {
            for byte in reply.bytes(keep_alive) {
                stream.write_all(&[byte]).await?;
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            Ok(keep_alive)
        }
        Wire::Reset => {
            stream.set_zero_linger()?;
            Ok(false)
        }
        Wire::Silence(length) => {
            // A caller that gives up earlier frees the connection earlier.
            let _ = tokio::time::timeout(length, closed_by_peer(stream)).await;
            Ok(false)
        }
    }
}

async fn closed_by_peer(stream: &TcpStream) {
    let mut scratch = [0_u8; 256];
    loop {
        if stream.readable().await.is_err() {
            return;
        }
        match stream.try_read(&mut scratch) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
