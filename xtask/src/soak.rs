//! `cargo xtask soak`: the tests with real servers, and a great storm at each provider, round after round. What happens once in
//! a hundred times shows here.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::{random, say, test};

/// What `cargo xtask soak --help` says.
pub const HELP: &str = "\
cargo xtask soak [minutes] [--storm] [--messages N] [--seed N]

Runs the integration and end-to-end tests (kills, frozen processes, wiped stores, lying providers) round after round,
with new random cases each time and twenty times as many spoiled webhooks; after them a storm at each of the three
providers: N messages (default 1000) while every call may break off, time out, be limited, half answered or denied after
it was taken, receipts come twice, late, early, out of order or never, and the program, NATS and PostgreSQL are killed,
wiped or frozen at random. Then the provider's journal is compared with our books: nothing lost, nothing twice but what is
listed as unknown, every conversation in order, no try spent on waiting, every timeline complete.

Begins no round after that many minutes (default 60), and ends with the first round that fails.

  --storm       only the storms
  --messages N  as many to each provider
  --seed N      the first round's storms use this seed; otherwise, and in later rounds, a random one. It is printed.";

const MINUTES: u64 = 60;
const MESSAGES: u64 = 1000;
/// Cases for each property of the webhook parsers: twenty times what CI tries.
const FUZZ_CASES: u32 = 10_000;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    length: Duration,
    only_storms: bool,
    messages: u64,
    seed: Option<u64>,
}

impl Options {
    /// Reads the arguments.
    pub fn parse(words: &[String]) -> anyhow::Result<Self> {
        let (mut minutes, mut only_storms, mut messages, mut seed) = (None, false, MESSAGES, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--storm" => only_storms = true,
                "--messages" => messages = number(word, words.next())?.max(1),
                "--seed" => seed = Some(number(word, words.next())?),
                option if option.starts_with('-') => bail!("soak does not know `{option}`\n\n{HELP}"),
                more if minutes.is_some() => {
                    bail!("`{more}` means nothing here; soak takes one number of minutes")
                }
                text => {
                    minutes = Some(text.parse().with_context(|| format!("`{text}` is no number of minutes"))?)
                }
            }
        }
        let minutes: u64 = minutes.unwrap_or(MINUTES);
        let seconds = minutes.checked_mul(60).with_context(|| format!("{minutes} minutes are too many"))?;
        Ok(Self { length: Duration::from_secs(seconds), only_storms, messages, seed })
    }
}

fn number(option: &str, word: Option<&String>) -> anyhow::Result<u64> {
    let word = word.with_context(|| format!("{option} needs a number"))?;
    word.parse().with_context(|| format!("{option} {word}: not a whole number"))
}

/// Runs the task.
pub fn run(checkout: &Checkout, interrupt: &Interrupt, options: &Options) -> anyhow::Result<ExitCode> {
    let steps: &[&str] = if options.only_storms { &["build"] } else { &["build", "integration", "e2e"] };
    let steps: Vec<String> = steps.iter().map(|&step| step.to_owned()).collect();
    let steps = test::Options::parse(&steps)?.with_fuzz_cases(FUZZ_CASES);
    let begun = Instant::now();
    for round in 1.. {
        say::line(format_args!("\n══ round {round}, after {}", say::duration(begun.elapsed())));
        let seed = match options.seed.filter(|_| round == 1) {
            Some(seed) => seed,
            None => u64::from_str_radix(&random::token(4)?, 16)?,
        };
        let passed = test::run(checkout, interrupt, &steps)? == ExitCode::SUCCESS
            && test::storms(checkout, interrupt, options.messages, seed)?;
        if !passed {
            say::line(format_args!(
                "Round {round} failed; what it waited for is above. The same storms again: cargo xtask soak --storm --seed {seed} \
                 --messages {}",
                options.messages
            ));
            return Ok(ExitCode::FAILURE);
        }
        if begun.elapsed() >= options.length {
            say::line(format_args!("{round} rounds in {}, all passed", say::duration(begun.elapsed())));
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_any_order() -> anyhow::Result<()> {
        let parsed =
            |line: &str| Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let usual =
            Options { length: Duration::from_secs(3600), only_storms: false, messages: 1000, seed: None };
        assert_eq!(parsed("")?, usual);
        let chosen =
            Options { length: Duration::from_secs(300), only_storms: true, messages: 30, seed: Some(7) };
        assert_eq!(parsed("--seed 7 5 --storm --messages 30")?, chosen);
        assert_eq!(parsed("--messages 0")?.messages, 1);
        for (line, named) in [("--seed", "needs a number"), ("--seed x", "x"), ("--fast", "--fast")] {
            assert!(parsed(line).is_err_and(|error| error.to_string().contains(named)), "{line}");
        }
        Ok(())
    }
}
