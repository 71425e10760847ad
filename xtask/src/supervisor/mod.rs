//! Keeps programs running: starts them, waits for them, brings back what died, stops all in order.
//!
//! One thread looks at everything at a short pulse. That is simpler than a thread per program and quick enough: what
//! dies is on its way back before a person notices.

mod errand;
mod log_tail;
mod program;
mod restart;
mod slot;

use std::path::Path;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;

pub use errand::Errand;
pub use log_tail::tail;
pub use program::{Program, Stop};
use slot::Slot;

use crate::interrupt::Interrupt;
use crate::process::{self, Launch, Output, PULSE, PidFile, Signal};
use crate::say;

/// The programs that are to run, in the order they were started.
#[derive(Debug)]
pub struct Supervisor {
    interrupt: Interrupt,
    slots: Vec<Slot>,
    job: PidFile,
}

impl Supervisor {
    /// Supervises nothing yet. The pid file of the job under way is kept in `folder`.
    pub fn new(interrupt: &Interrupt, folder: &Path) -> Self {
        Self { interrupt: interrupt.clone(), slots: Vec::new(), job: job_file(folder) }
    }

    /// Starts a program and keeps it running from now on. Does not wait for it.
    pub fn start(&mut self, program: Program) -> anyhow::Result<()> {
        self.slots.push(Slot::start(program)?);
        Ok(())
    }

    /// Waits until every program is ready.
    pub fn wait_until_ready(&mut self, patience: Duration) -> anyhow::Result<()> {
        let asked = Instant::now();
        loop {
            self.pulse()?;
            let Some(slot) = self.slots.iter().find(|slot| !slot.is_ready()) else { return Ok(()) };
            let after = asked.elapsed();
            if after > patience || slot.is_hopeless() {
                let (name, log) = (slot.name(), slot.log().display());
                let end = tail(slot.log());
                bail!("{name} was not ready after {}. The end of {log}:\n{end}", say::duration(after));
            }
        }
    }

    /// Runs a job to its end; meanwhile what dies is brought back.
    pub fn run(&mut self, job: &Launch, output: &Output) -> anyhow::Result<ExitStatus> {
        let interrupt = self.interrupt.clone();
        let child = job.spawn(output)?;
        self.job.write(child.id())?;
        let status = process::watch(child, &interrupt, || self.look());
        self.job.remove();
        status
    }

    /// Runs a job that nobody needs to read unless it fails.
    pub fn run_quietly(&mut self, name: &str, job: &Launch, log: &Path) -> anyhow::Result<()> {
        let status = self.run(job, &Output::Log(log.to_owned()))?;
        if status.success() {
            return Ok(());
        }
        bail!("{name} failed ({status}). The end of {}:\n{}", log.display(), tail(log))
    }

    /// Keeps everything running until the person asks us to stop.
    pub fn keep_running(&mut self) -> anyhow::Result<()> {
        loop {
            self.pulse()?;
        }
    }

    /// Stops every program, the last started first, each when the one before it is gone; calls `gone` for each with
    /// its name and how long it took. A second Ctrl-C stops waiting and kills.
    pub fn stop(&mut self, gone: impl Fn(&str, Duration)) {
        self.interrupt.rearm();
        for slot in self.slots.drain(..).rev() {
            let (name, asked) = (slot.name(), Instant::now());
            slot.stop(&self.interrupt);
            gone(name, asked.elapsed());
        }
    }

    /// Whether there is anything to stop.
    pub fn has_programs(&self) -> bool {
        !self.slots.is_empty()
    }

    /// The process number of a running program.
    pub fn pid(&self, name: &str) -> Option<u32> {
        self.slots.iter().find(|slot| slot.name() == name).and_then(Slot::pid)
    }

    fn pulse(&mut self) -> anyhow::Result<()> {
        self.interrupt.check()?;
        self.look()?;
        thread::sleep(PULSE);
        Ok(())
    }

    fn look(&mut self) -> anyhow::Result<()> {
        self.slots.iter_mut().try_for_each(Slot::look)
    }
}

/// Stops the job of a task that was killed.
pub fn stop_orphaned_job(folder: &Path) {
    process::stop_orphan("a job", &job_file(folder), Signal::Interrupt, Duration::from_secs(5));
}

fn job_file(folder: &Path) -> PidFile {
    PidFile::at(&folder.join("job.pid"))
}

impl Drop for Supervisor {
    /// Whatever way a task ends, it leaves nothing running.
    fn drop(&mut self) {
        self.stop(|_, _| ());
    }
}

#[cfg(test)]
mod tests;
