//! `cargo xtask bench`: release builds against private servers with durable settings. What is measured, and how it is
//! printed, is the program's own business (`tests/bench`).

use std::process::ExitCode;

use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::measure;

/// Makes the database count what each statement costs. Costs something itself, so only when asked for.
const COUNT_STATEMENTS: &[&str] =
    &["shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track=all"];

/// Runs the task; the arguments are the program's.
pub fn run(checkout: &Checkout, interrupt: &Interrupt, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let statements = arguments.iter().any(|word| word.starts_with("--statements"));
    let settings = if statements { COUNT_STATEMENTS } else { &[] };
    measure::run(checkout, interrupt, "bench", arguments, settings)
}
