//! From what the owners say is wrong now to incidents: one process looks, again and again, and writes down what changed.

pub mod own;
pub mod round;
pub mod watcher;

pub use watcher::Watcher;
