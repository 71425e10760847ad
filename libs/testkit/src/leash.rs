use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// A process that does not outlive us, even when we are killed: a shell waits for the end of its input, which comes
/// when our end of the pipe closes, and kills the process then.
#[derive(Debug)]
pub(crate) struct Leash {
    shell: Child,
    pid: String,
}

const SCRIPT: &str = r#""$@" >/dev/null 2>&1 & echo $!; read -r _; kill -9 $! 2>/dev/null; wait"#;

impl Leash {
    /// Starts a command. Its output is dropped; let it log to a file if it is wanted.
    pub(crate) fn start(command: &Command) -> anyhow::Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "leash"])
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start sh")?;
        let mut pid = String::new();
        let output = shell.stdout.take().context("the shell has no output")?;
        BufReader::new(output).read_line(&mut pid)?;
        Ok(Self { shell, pid: pid.trim().to_owned() })
    }

    /// Sends a signal: "KILL", "STOP", "CONT".
    pub(crate) fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let sent =
            Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "kill", signal, &self.pid]).status()?;
        anyhow::ensure!(sent.success(), "process {} is not there to get {signal}", self.pid);
        Ok(())
    }

    /// Kills the process without giving it a chance to say goodbye, and waits until it is gone.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.signal("KILL")?;
        self.end();
        Ok(())
    }

    fn end(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.end();
    }
}
