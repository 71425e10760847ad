//! One step of the test run.

use super::Context;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Passed,
    /// Not; the text says why, where the step's own output does not.
    Failed(String),
}

impl Outcome {
    /// From whether a program succeeded that has said itself what is wrong.
    pub fn of(success: bool) -> Self {
        if success { Self::Passed } else { Self::Failed("see above".to_owned()) }
    }
}

/// A step, as a value.
#[derive(Debug)]
pub struct Step {
    /// By this name it is chosen.
    pub name: &'static str,
    /// What it makes sure of.
    pub what: &'static str,
    /// What to do when it fails.
    pub advice: &'static str,
    /// Steps without whose success it makes no sense.
    pub needs: &'static [&'static str],
    /// Does it. An error counts as failed.
    pub run: fn(&mut Context<'_>) -> anyhow::Result<Outcome>,
}
