//! The great storms of `cargo xtask soak`: tests of `tests/e2e` that CI leaves out, since they take minutes.

use super::Context;
use super::step::Outcome;
use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::say;

/// Plays one at each provider. They start servers of their own. False when one of them found something.
pub fn storms(checkout: &Checkout, interrupt: &Interrupt, messages: u64, seed: u64) -> anyhow::Result<bool> {
    say::line(format_args!("\n── storms: {messages} messages to each provider, seed {seed}"));
    let mut context = Context::new(checkout, interrupt)?;
    let tools = context.tools()?;
    let command = if context.has_nextest() {
        let chosen = "package(e2e) & test(great_storm)";
        context.cargo([
            "nextest",
            "run",
            "--workspace",
            "--run-ignored",
            "only",
            "--test-threads",
            "1",
            "--success-output",
            "immediate",
            "-E",
            chosen,
        ])
    } else {
        let rest = ["--ignored", "--nocapture", "--test-threads", "1"];
        context.cargo(["test", "--package", "e2e", "--test", "it", "great_storm", "--"]).args(rest)
    };
    let command = command
        .env("RUST_BACKTRACE", "0")
        .env("FRONTDESK_TEST_TOOLS", tools.folder())
        .env("FRONTDESK_STORM", messages.to_string())
        .env("FRONTDESK_STORM_SEED", seed.to_string());
    Ok(context.outcome(&command)? == Outcome::Passed)
}
