//! Whether a request's body has begun to leave.
//!
//! "Not sent" and "unknown" differ by a single fact: did a byte of the message go out? Error texts only suggest it.
//! So the body itself reports when the connection first asks for it, which is before anything of the request is
//! written, and a request that was called off before that point refuses to be written at all.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const WAITING: u8 = 0;
const LEFT: u8 = 1;
const CALLED_OFF: u8 = 2;

/// The sender's side.
#[derive(Clone, Debug)]
pub(super) struct Departure(Arc<AtomicU8>);

/// The connection's side: the body, handed out at most once.
#[derive(Debug)]
pub(super) struct WatchedBody {
    bytes: Option<Bytes>,
    departure: Departure,
}

/// The request was called off before it left.
#[derive(Debug, thiserror::Error)]
#[error("the request was called off before it left")]
pub(super) struct CalledOff;

/// A body and the means to watch it.
pub(super) fn watched(bytes: Bytes) -> (WatchedBody, Departure) {
    let departure = Departure(Arc::new(AtomicU8::new(WAITING)));
    (WatchedBody { bytes: Some(bytes), departure: departure.clone() }, departure)
}

impl Departure {
    /// True when nothing has left, and then nothing will. False when it may be on its way.
    pub(super) fn call_off(&self) -> bool {
        self.advance(CALLED_OFF) != LEFT
    }

    /// Leaves the waiting state if it still holds; returns the state that holds now.
    fn advance(&self, next: u8) -> u8 {
        match self.0.compare_exchange(WAITING, next, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => next,
            Err(earlier) => earlier,
        }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = CalledOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CalledOff>>> {
        let Some(bytes) = self.bytes.take() else {
            return Poll::Ready(None);
        };
        match self.departure.advance(LEFT) {
            LEFT => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            _ => Poll::Ready(Some(Err(CalledOff))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(body: &mut WatchedBody) -> Poll<Option<Result<Frame<Bytes>, CalledOff>>> {
        Pin::new(body).poll_frame(&mut Context::from_waker(std::task::Waker::noop()))
    }

    #[test]
    fn what_left_cannot_be_called_off() {
        let (mut body, departure) = watched(Bytes::from_static(b"hello"));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(matches!(poll(&mut body), Poll::Ready(Some(Ok(_)))));
        assert!(body.is_end_stream());
        assert!(!departure.call_off());
    }

    #[test]
    fn what_is_called_off_never_leaves() {
        let (mut body, departure) = watched(Bytes::from_static(b"hello"));
        assert!(departure.call_off());
        assert!(matches!(poll(&mut body), Poll::Ready(Some(Err(CalledOff)))));
        assert!(departure.call_off(), "asking again gives the same answer");
    }
}
