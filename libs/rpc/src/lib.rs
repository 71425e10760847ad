#![doc = include_str!("../README.md")]

mod admission;
mod client;
mod deadline;
mod door;
mod failure;
mod jobs;
mod keepable;
mod metrics;
pub mod parse;
mod problem;
mod reflection;
mod role;
mod server;
mod status;
mod thread;
mod tokens;
mod trouble;
mod web;

pub use client::{Client, ConnectError, connect};
pub use failure::{Failure, Violation};
pub use jobs::JobDoor;
pub use role::{Caller, Role, require};
pub use server::{ServeError, Server};
pub use thread::Thread;
pub use trouble::Trouble;
pub use web::{Json, Web};
