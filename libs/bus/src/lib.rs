#![doc = include_str!("../README.md")]

mod connection;
mod consumer;
pub mod streams;
mod wake;

pub use connection::{Bus, BusError};
pub use consumer::{ConsumerSpec, consume};
pub use wake::Wake;

/// A key as it travels in a wake-up: the 16 bytes of its UUID.
#[must_use]
pub fn key_payload(key: uuid::Uuid) -> bytes::Bytes {
    bytes::Bytes::copy_from_slice(key.as_bytes())
}
