//! Other programs: starting them, telling them apart, stopping them. Linux's `/proc` is used where it helps and
//! missed quietly elsewhere.

mod identity;
mod job;
mod launch;
mod orphan;
mod pid_file;
mod signal;

pub use identity::{Identity, command_line};
pub use job::{PULSE, run, watch};
pub use launch::{Launch, Output, rotate};
pub use orphan::stop_orphan;
pub use pid_file::PidFile;
pub use signal::{Signal, Target, send, wait_until_gone};
