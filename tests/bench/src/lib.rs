#![doc = include_str!("../README.md")]

mod counters;
mod customers;
mod latency;
mod load;
mod options;
mod phases;
mod probes;
mod processes;
mod report;
mod run;
mod stack;
mod surroundings;
mod world;

pub use customers::{Customers, Verdict};
pub use latency::Latencies;
pub use load::{Flow, at_rate, drain, saturate};
pub use options::Options;
pub use run::run;
pub use world::{World, WorldOptions};
