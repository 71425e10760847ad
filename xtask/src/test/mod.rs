//! `cargo xtask test`: everything CI runs, each step with its time.

mod checks;
mod context;
mod queries;
mod step;
mod storms;
mod suites;
mod summary;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;

pub use self::storms::storms;

use self::context::Context;
use self::step::{Outcome, Step};
use self::summary::Line;
use crate::checkout::Checkout;
use crate::interrupt::{Interrupt, Interrupted};
use crate::say;

/// All steps, the quick ones first: what is wrong at the surface should not take ten minutes to be told. Nothing
/// compiles without the right `.sqlx`, and the step that says so is easier to read than a hundred compiler errors.
const STEPS: [Step; 10] = [
    checks::FMT,
    checks::PROTO,
    queries::SQLX,
    checks::CLIPPY,
    suites::BUILD,
    checks::RULES,
    checks::DENY,
    suites::UNIT,
    suites::INTEGRATION,
    suites::E2E,
];

/// What was asked for: steps by name, in the order of the table; none means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    names: Vec<&'static str>,
    /// How many cases each property of the webhook parsers is tried with; `None`: what the test says.
    fuzz_cases: Option<u32>,
}

impl Options {
    /// Reads the names of steps.
    pub fn parse(words: &[String]) -> anyhow::Result<Self> {
        let mut names = Vec::new();
        for word in words {
            let Some(step) = STEPS.iter().find(|step| step.name == word) else {
                let known = STEPS.map(|step| step.name).join(", ");
                bail!("there is no step `{word}`; the steps are {known}");
            };
            names.push(step.name);
        }
        Ok(Self { names, fuzz_cases: None })
    }

    /// The same with so many cases for the webhook parsers.
    pub fn with_fuzz_cases(self, cases: u32) -> Self {
        Self { fuzz_cases: Some(cases), ..self }
    }

    fn steps(&self) -> impl Iterator<Item = &'static Step> {
        STEPS.iter().filter(|step| self.names.is_empty() || self.names.contains(&step.name))
    }
}

/// What `cargo xtask test --help` says.
pub fn help() -> String {
    let mut text =
        "cargo xtask test [step…]\n\nRuns everything CI runs, or the steps that are named:\n\n".to_owned();
    for step in &STEPS {
        text.push_str(&format!("  {:<12} {}\n", step.name, step.what));
    }
    text.push_str(
        "\nA private PostgreSQL is started for the steps that need one, and nothing is left running.",
    );
    text
}

/// Runs the task.
pub fn run(checkout: &Checkout, interrupt: &Interrupt, options: &Options) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let mut lines: Vec<Line> = Vec::new();
    {
        let mut context = Context::new(checkout, interrupt)?;
        context.fuzz_cases = options.fuzz_cases;
        for step in options.steps() {
            say::line(format_args!("\n── {}: {}", step.name, step.what));
            let started = Instant::now();
            let outcome = match lines.iter().find(|line| line.failed() && step.needs.contains(&line.name)) {
                Some(line) => Outcome::Failed(format!("not tried, because {} failed", line.name)),
                None => match (step.run)(&mut context) {
                    Ok(outcome) => outcome,
                    Err(error) if error.is::<Interrupted>() => return Err(error),
                    Err(error) => Outcome::Failed(format!("{error:#}")),
                },
            };
            let line = Line { name: step.name, outcome, advice: step.advice, took: started.elapsed() };
            say::line(format_args!("── {line}"));
            lines.push(line);
        }
        // The servers are stopped here, before the last word.
    }
    say::line(format_args!("\nAll in {}:", say::duration(begun.elapsed())));
    say::line(summary::table(&lines));
    let failed = lines.iter().any(Line::failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
