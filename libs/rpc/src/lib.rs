#![doc = include_str!("../README.md")]

mod admission;
mod client;
mod deadline;
mod door;
mod failure;
mod metrics;
pub mod parse;
mod reflection;
mod role;
mod server;
mod status;
mod tokens;

pub use client::{Client, ConnectError, connect};
pub use failure::{Failure, Violation};
pub use role::{Caller, Role, require};
pub use server::{ServeError, Server};
