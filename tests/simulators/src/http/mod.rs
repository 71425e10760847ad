//! The little HTTP/1.1 both simulators speak, as a server and as a client.
//!
//! Written by hand for two reasons. A simulator's trade is to break the protocol on purpose (reset a
//! connection, send half an answer, drip it byte by byte), which a proper server library prevents. And its
//! CPU time is part of every figure measured with it, so a call costs little more than its system calls.

mod client;
pub mod form;
mod framing;
mod reply;
mod request;
mod server;
mod wire;

pub use client::{Answer, CallError, Client, Target};
pub use reply::Reply;
pub use request::{Method, Request};
pub use server::{Server, Service};
pub use wire::Wire;
