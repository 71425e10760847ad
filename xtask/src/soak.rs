//! `cargo xtask soak`: the tests with real servers, round after round. What happens once in a hundred times shows here.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::{say, test};

/// What `cargo xtask soak --help` says.
pub const HELP: &str = "\
cargo xtask soak [minutes]

Runs the integration and end-to-end tests (kills, frozen processes, wiped stores, lying providers) round after round,
with new random cases each time and twenty
times as many spoiled webhooks, and begins no round after that many minutes (default 60). Ends with the first round
that fails.";

const MINUTES: u64 = 60;
/// Cases for each property of the webhook parsers: twenty times what CI tries.
const FUZZ_CASES: u32 = 10_000;

/// Reads how long it is to go on.
pub fn parse(words: &[String]) -> anyhow::Result<Duration> {
    let minutes = match words {
        [] => MINUTES,
        [word] => word.parse().with_context(|| format!("`{word}` is no number of minutes"))?,
        [_, more, ..] => anyhow::bail!("`{more}` means nothing here; soak takes a number of minutes"),
    };
    minutes
        .checked_mul(60)
        .map(Duration::from_secs)
        .with_context(|| format!("{minutes} minutes are too many"))
}

/// Runs the task.
pub fn run(checkout: &Checkout, interrupt: &Interrupt, length: Duration) -> anyhow::Result<ExitCode> {
    let steps = test::Options::parse(&["build", "integration", "e2e"].map(str::to_owned))?
        .with_fuzz_cases(FUZZ_CASES);
    let begun = Instant::now();
    for round in 1.. {
        say::line(format_args!("\n══ round {round}, after {}", say::duration(begun.elapsed())));
        if test::run(checkout, interrupt, &steps)? != ExitCode::SUCCESS {
            say::line(format_args!("Round {round} failed; what it waited for is above"));
            return Ok(ExitCode::FAILURE);
        }
        if begun.elapsed() >= length {
            say::line(format_args!("{round} rounds in {}, all passed", say::duration(begun.elapsed())));
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
