//! A program and how to start it, as a value: supervised programs are started many times.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// Where a program's output goes.
#[derive(Clone, Debug)]
pub enum Output {
    /// To the terminal, as it comes.
    Terminal,
    /// Appended to a file.
    Log(PathBuf),
}

/// How to start a program.
#[derive(Clone, Debug)]
pub struct Launch {
    program: OsString,
    arguments: Vec<OsString>,
    /// What differs from our own environment; `None` removes.
    environment: BTreeMap<OsString, Option<OsString>>,
    directory: Option<PathBuf>,
    user: Option<(u32, u32)>,
}

impl Launch {
    /// The program, by path or by a name on PATH.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            directory: None,
            user: None,
        }
    }

    /// Adds arguments.
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), Some(value.into()));
        self
    }

    /// Sets several environment variables.
    pub fn envs<N: Into<OsString>, V: Into<OsString>>(self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        pairs.into_iter().fold(self, |launch, (name, value)| launch.env(name, value))
    }

    /// Keeps an environment variable of ours from the program.
    pub fn without(mut self, name: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), None);
        self
    }

    /// Sets the working directory.
    pub fn directory(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Runs the program as another user (only root may): user and group number.
    pub fn user(mut self, user: u32, group: u32) -> Self {
        self.user = Some((user, group));
        self
    }

    /// Puts a program in front, which starts this one (`unshare`, `setpriv`, …).
    pub fn behind(mut self, program: &str, arguments: &[&str]) -> Self {
        let inner = std::mem::replace(&mut self.program, program.into());
        let rest = std::mem::take(&mut self.arguments);
        self.arguments = arguments.iter().map(Into::into).collect();
        self.arguments.push(inner);
        self.arguments.extend(rest);
        self
    }

    /// Starts the program in a process group of its own and without a terminal to read from.
    pub fn spawn(&self, output: &Output) -> anyhow::Result<Child> {
        let mut command = self.command();
        match output {
            Output::Terminal => {}
            Output::Log(path) => {
                let log =
                    open_log(path).with_context(|| format!("cannot write the log {}", path.display()))?;
                let both = log.try_clone().context("cannot share a log file")?;
                command.stdout(both).stderr(log);
            }
        }
        command.process_group(0).spawn().with_context(|| format!("cannot start {}", self.name()))
    }

    /// Runs the program to its end and gives what it printed on standard output; its failure is an error with what
    /// it printed on standard error. For quick questions only: nothing interrupts it.
    pub fn ask(&self) -> anyhow::Result<String> {
        let output = self.command().output().with_context(|| format!("cannot start {}", self.name()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        let complaint = complaint.trim();
        anyhow::bail!("{} failed ({}): {complaint}", self.name(), output.status);
    }

    /// The program's file name, for messages.
    pub fn name(&self) -> String {
        Path::new(&self.program)
            .file_name()
            .map_or_else(|| "the program".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

/// Opens a log for appending. Its folder may have been deleted under a running task.
fn open_log(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).open(path)
}

/// Keeps the last three logs of a name: `x.log` becomes `x.log.1`, that `x.log.2`.
pub fn rotate(log: &Path) -> anyhow::Result<()> {
    let numbered = |number: u8| {
        let mut name = log.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    for (from, to) in [(numbered(1), numbered(2)), (log.to_owned(), numbered(1))] {
        if from.exists() {
            fs::rename(&from, &to).with_context(|| format!("cannot rotate {}", from.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Launch, Output, rotate};

    #[test]
    fn a_program_in_front_gets_the_whole_command() -> anyhow::Result<()> {
        let launch = Launch::new("echo").args(["one", "two"]).behind("env", &["-u", "HOME"]);
        assert_eq!(launch.ask()?, "one two\n");
        Ok(())
    }

    #[test]
    fn the_environment_is_added_to_and_taken_from() -> anyhow::Result<()> {
        let launch = Launch::new("sh")
            .args(["-c", "echo \"$GREETING:${CARGO_PKG_NAME-unset}\""])
            .env("GREETING", "hello")
            .without("CARGO_PKG_NAME");
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some(), "cargo tells tests");
        assert_eq!(launch.ask()?, "hello:unset\n");
        Ok(())
    }

    #[test]
    fn a_failure_carries_what_the_program_said() {
        let launch = Launch::new("sh").args(["-c", "echo 'no such luck' >&2; exit 3"]);
        assert!(launch.ask().is_err_and(|error| error.to_string().contains("no such luck")));
    }

    #[test]
    fn output_is_appended_to_the_log_and_logs_are_kept_three_deep() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("x.log");
        for text in ["a", "b", "c", "d"] {
            rotate(&log)?;
            for _ in 0..2 {
                Launch::new("echo").args([text]).spawn(&Output::Log(log.clone()))?.wait()?;
            }
        }
        assert_eq!(fs::read_to_string(&log)?, "d\nd\n");
        assert_eq!(fs::read_to_string(folder.path().join("x.log.2"))?, "b\nb\n");
        assert!(!folder.path().join("x.log.3").exists());
        Ok(())
    }
}
