//! Reading a body without trusting its length.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is longer than allowed. Told by its head where possible, else as soon as it is.
    TooLarge,
    /// The sender went away.
    CutShort,
}

/// Reads a whole body of at most `limit` bytes. One that came in one piece is not copied.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Unreadable> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Unreadable::TooLarge);
    }
    let mut pieces = body.into_data_stream();
    let mut first = Bytes::new();
    let mut all: Option<BytesMut> = None;
    let mut length = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Unreadable::CutShort)?;
        length += piece.len();
        if length > limit {
            return Err(Unreadable::TooLarge);
        }
        match &mut all {
            Some(all) => all.extend_from_slice(&piece),
            None if first.is_empty() => first = piece,
            None => {
                let mut joined =
                    BytesMut::with_capacity(usize::try_from(announced.unwrap_or(0)).unwrap_or(0).max(length));
                joined.extend_from_slice(&first);
                joined.extend_from_slice(&piece);
                all = Some(joined);
            }
        }
    }
    Ok(all.map_or(first, BytesMut::freeze))
}
