//! From changes to people: every change is put into a post once, every post goes to its receiver, with patience.

mod call;
mod heartbeat;
mod poster;
mod slack;
mod targets;
mod webhook;

pub use call::{Called, client};
pub use heartbeat::Heartbeat;
pub use poster::{Poster, test};
pub use targets::{Target, Targets};
