//! `cargo xtask bench`: release builds against private servers with durable settings. What is measured, and how it is
//! printed, is the program's own business (`tests/bench`).

use std::process::ExitCode;

use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::measure;

/// Runs the task; the arguments are the program's.
pub fn run(checkout: &Checkout, interrupt: &Interrupt, arguments: &[String]) -> anyhow::Result<ExitCode> {
    measure::run(checkout, interrupt, "bench", arguments)
}
