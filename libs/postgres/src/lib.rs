#![doc = include_str!("../README.md")]

mod browse;
mod classify;
mod error;
mod keepable;
mod migrate;
mod pool;
mod probe;
mod roles;
mod schema;

pub use browse::browse;
pub use classify::{Class, classify};
pub use error::Error;
pub use keepable::keepable_json;
pub use migrate::{migrate, pending};
pub use pool::{Pool, connect};
pub use probe::Probe;
pub use roles::SCHEMAS;
pub use schema::Schema;
