//! A program that is to run, as a value.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::Errand;
use crate::process::{Launch, PidFile, Signal};

/// How a program is asked to end.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// What it is sent.
    pub signal: Signal,
    /// How long it may take before it is killed.
    pub grace: Duration,
}

/// A program that is to run.
pub struct Program {
    /// What people call it: "NATS".
    pub name: &'static str,
    /// How to start it.
    pub launch: Launch,
    /// Where its output goes.
    pub log: PathBuf,
    /// Where its process number is kept for a later start of ours.
    pub pid_file: PidFile,
    /// How to stop it.
    pub stop: Stop,
    /// Whether it does its work. Asked at every pulse until it says yes.
    pub ready: Box<dyn Fn() -> bool>,
    /// Clears the way before each start.
    pub prepare: Box<dyn Fn() -> anyhow::Result<()>>,
    /// Whether it has lost what it needs, though it runs: then why, and it is started anew.
    pub lost: Box<dyn FnMut() -> Option<String>>,
    /// What to do when it is back after it was gone.
    pub when_back: Option<Errand>,
}

impl Program {
    /// A program that needs nothing but to be started.
    pub fn new(name: &'static str, launch: Launch, log: PathBuf, pid_file: PidFile, stop: Stop) -> Self {
        Self {
            name,
            launch,
            log,
            pid_file,
            stop,
            ready: Box::new(|| true),
            prepare: Box::new(|| Ok(())),
            lost: Box::new(|| None),
            when_back: None,
        }
    }

    /// Sets how to tell that it does its work.
    pub fn ready(mut self, ready: impl Fn() -> bool + 'static) -> Self {
        self.ready = Box::new(ready);
        self
    }

    /// Sets what is done before each start.
    pub fn prepare(mut self, prepare: impl Fn() -> anyhow::Result<()> + 'static) -> Self {
        self.prepare = Box::new(prepare);
        self
    }

    /// Sets how to tell that it has lost what it needs.
    pub fn lost(mut self, lost: impl FnMut() -> Option<String> + 'static) -> Self {
        self.lost = Box::new(lost);
        self
    }

    /// Sets what is done each time it is back.
    pub fn when_back(mut self, errand: Errand) -> Self {
        self.when_back = Some(errand);
        self
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("name", &self.name).finish_non_exhaustive()
    }
}
