#![doc = include_str!("../README.md")]

mod bootstrap;
mod program;
mod stack;

pub use bootstrap::{INSTANCE, bootstrap};
pub use program::Program;
pub use stack::{Servers, Stack};
