//! Sending signals without unsafe code: through the shell, whose `kill` is built in and there on every Unix.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Identity;

/// The signals used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// PostgreSQL's fast shutdown; cargo's Ctrl-C.
    Interrupt,
    /// Please end.
    Terminate,
    /// No more discussion.
    Kill,
}

/// Who gets a signal.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// One process.
    Process(u32),
    /// The process and what it started, if it leads a group.
    Group(u32),
}

/// Sends a signal. A target that is gone already is none of our business, so there is no error.
pub fn send(signal: Signal, target: Target) {
    let name = match signal {
        Signal::Interrupt => "INT",
        Signal::Terminate => "TERM",
        Signal::Kill => "KILL",
    };
    let target = match target {
        Target::Process(pid) => pid.to_string(),
        Target::Group(pid) => format!("-{pid}"),
    };
    let _gone_already = Command::new("sh")
        .args(["-c", &format!("kill -s {name} -- {target}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Waits until a process that is not our child is gone. False when it is still there after `patience`.
pub fn wait_until_gone(identity: Identity, patience: Duration) -> bool {
    let asked = Instant::now();
    while identity.alive() {
        if asked.elapsed() > patience {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::time::Duration;

    use super::{Signal, Target, send, wait_until_gone};
    use crate::process::{Identity, Launch, Output};

    #[test]
    fn a_group_ends_together() -> anyhow::Result<()> {
        let launch = Launch::new("sh").args(["-c", "sleep 600 & wait"]);
        let mut child = launch.spawn(&Output::Terminal)?;
        send(Signal::Kill, Target::Group(child.id()));
        assert_eq!(child.wait()?.signal(), Some(9));
        Ok(())
    }

    #[test]
    fn a_process_is_waited_for_no_longer_than_asked() -> anyhow::Result<()> {
        let mut child = Launch::new("sleep").args(["600"]).spawn(&Output::Terminal)?;
        let identity = Identity::of(child.id());
        assert!(identity.is_some_and(|identity| !wait_until_gone(identity, Duration::from_millis(50))));
        send(Signal::Terminate, Target::Process(child.id()));
        assert!(identity.is_some_and(|identity| wait_until_gone(identity, Duration::from_secs(10))));
        child.wait()?;
        Ok(())
    }
}
