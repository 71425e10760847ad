//! The development ports: which they are, whether they are free, and who has them when not.

mod free;
mod owner;
mod plan;

pub use free::{Wanted, any_free, refuse_taken};
pub use plan::{Ports, SERVICES};
