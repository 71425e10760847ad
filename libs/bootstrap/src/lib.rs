#![doc = include_str!("../README.md")]

mod agent;
mod calendar;
mod channel;
mod error;
mod file;
mod hours;
mod preset;
mod read;
mod service;
mod staff;
mod template;
mod tenant;

pub use agent::Agent;
pub use calendar::Holiday;
pub use channel::Channel;
pub use error::{Error, Problem};
pub use file::{File, parse, read};
pub use hours::Hours;
pub use preset::{PRESETS, Preset};
pub use service::{Reminders, Service};
pub use staff::Staff;
pub use tenant::Tenant;
