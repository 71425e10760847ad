#![doc = include_str!("../README.md")]

mod heart;
mod schema;
mod tasks;

pub use heart::{Claim, Heart, Held, Verdict};
pub use schema::{TEMPLATE, migration_sql};
pub use tasks::{Lease, beat, reconcile, sweep};
