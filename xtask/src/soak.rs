//! `cargo xtask soak`: the tests that take longer than CI may, on release builds and durable servers like the
//! measurements.

use std::process::ExitCode;

use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::measure;

/// Runs the task; the arguments are the program's.
pub fn run(checkout: &Checkout, interrupt: &Interrupt, arguments: &[String]) -> anyhow::Result<ExitCode> {
    measure::run(checkout, interrupt, "soak", arguments, &[])
}
