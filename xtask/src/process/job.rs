//! A program that is run to its end while we keep an eye on other things.

use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::{Launch, Output, Signal, Target, send};
use crate::interrupt::Interrupt;

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How often children are looked at. What a person cannot notice, but quick enough to be back within a second.
pub const PULSE: Duration = Duration::from_millis(20);

/// Runs a program to its end. Interrupted, the program is ended too, with everything it started.
pub fn run(launch: &Launch, output: &Output, interrupt: &Interrupt) -> anyhow::Result<ExitStatus> {
    let child = launch.spawn(output)?;
    watch(child, interrupt, || Ok(()))
}

/// Waits for a program that was started, doing `meanwhile` at every pulse; its error ends the program.
pub fn watch(
    mut child: Child,
    interrupt: &Interrupt,
    mut meanwhile: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for a program")? {
            return Ok(status);
        }
        if let Err(error) = interrupt.check().and_then(|()| meanwhile()) {
            end(&mut child);
            return Err(error);
        }
        thread::sleep(PULSE);
    }
}

/// Ends a job and everything it started: as Ctrl-C would, then by force.
fn end(child: &mut Child) {
    let group = Target::Group(child.id());
    send(Signal::Interrupt, group);
    let asked = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && asked.elapsed() < GRACE {
        thread::sleep(PULSE);
    }
    send(Signal::Kill, group);
    let _collected = child.wait();
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::{run, watch};
    use crate::interrupt::Interrupt;
    use crate::process::{Launch, Output};

    #[test]
    fn the_exit_status_is_handed_on() -> anyhow::Result<()> {
        let status = run(&Launch::new("sh").args(["-c", "exit 7"]), &Output::Terminal, &Interrupt::never())?;
        assert_eq!(status.code(), Some(7));
        Ok(())
    }

    #[test]
    fn a_job_ends_with_what_was_to_be_done_beside_it() -> anyhow::Result<()> {
        let child = Launch::new("sleep").args(["600"]).spawn(&Output::Terminal)?;
        let result = watch(child, &Interrupt::never(), || bail!("enough"));
        assert!(result.is_err_and(|error| error.to_string() == "enough"));
        Ok(())
    }
}
