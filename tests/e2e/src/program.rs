use std::{collections::BTreeMap, path::PathBuf, process::Stdio, time::Duration};

use anyhow::Context;
use tokio::process::{Child, Command};

use crate::Doors;

/// The `frontdesk` program, configured by environment only. Killed when dropped.
#[derive(Debug)]
pub struct Program {
    environment: Vec<(String, String)>,
    /// Service and address.
    admin: Vec<(&'static str, String)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Program {
    /// Not started yet. Its doors count more than what the environment says about them.
    pub(crate) fn new(mut environment: Vec<(String, String)>, doors: &Doors, log: PathBuf) -> Self {
        // Of a variable given twice the later value counts.
        environment.extend(doors.settings());
        Self { environment, admin: doors.admin.clone().into_iter().collect(), log, child: None }
    }

    /// Changes a setting, without its `FRONTDESK_`. Before it starts.
    pub fn set(&mut self, key: &str, value: &str) {
        self.environment.push((format!("FRONTDESK_{key}"), value.to_owned()));
    }

    /// Another process of the same program.
    pub(crate) fn beside(&self, doors: &Doors, log: PathBuf) -> Self {
        Self::new(self.environment.clone(), doors, log)
    }

    /// Brings database and streams into shape.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let output = self.command("migrate")?.output().await?;
        anyhow::ensure!(
            output.status.success(),
            "migrate failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Starts it and waits until all five services are ready.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        self.spawn()?;
        self.ready().await
    }

    /// Starts it without waiting.
    pub fn spawn(&mut self) -> anyhow::Result<()> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.log)?;
        let child = self.command("serve")?.stdout(log.try_clone()?).stderr(log).kill_on_drop(true).spawn()?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until all five services are ready.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let client = reqwest::Client::new();
        for (_, addr) in &self.admin {
            let ready = || async {
                let answer = client.get(format!("http://{addr}/readyz")).send().await.ok()?;
                answer.status().is_success().then_some(())
            };
            testkit::eventually(Duration::from_secs(30), "a service to be ready", ready)
                .await
                .with_context(|| format!("{addr}; the end of its log:\n{}", self.log_tail()))?;
        }
        Ok(())
    }

    /// What `/readyz` names as closed, by service: the part and why. A service that does not answer is not there.
    pub async fn closed(&self) -> BTreeMap<&'static str, BTreeMap<String, String>> {
        let client = reqwest::Client::new();
        let mut closed = BTreeMap::new();
        for (service, addr) in &self.admin {
            let Ok(answer) = client.get(format!("http://{addr}/readyz")).send().await else { continue };
            let ready = answer.status().is_success();
            let Ok(body) = answer.json::<serde_json::Value>().await else { continue };
            let parts: BTreeMap<String, String> =
                serde_json::from_value(body["closed"].clone()).unwrap_or_default();
            if ready == parts.is_empty() {
                closed.insert(*service, parts);
            }
        }
        closed
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// `kill -9`.
    pub async fn kill9(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// Stops it where it stands, as a machine does that is out of memory or being moved.
    pub async fn freeze(&self) -> anyhow::Result<()> {
        self.signal("STOP").await
    }

    /// Lets a frozen one go on, which knows nothing of the time between.
    pub async fn thaw(&self) -> anyhow::Result<()> {
        self.signal("CONT").await
    }

    async fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let pid = self.child.as_ref().and_then(Child::id).context("it does not run")?.to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status().await?;
        anyhow::ensure!(sent.success(), "process {pid} is not there to get {signal}");
        Ok(())
    }

    /// SIGTERM; answers with the exit code after the drain.
    pub async fn stop(&mut self) -> anyhow::Result<Option<i32>> {
        if self.child.is_none() {
            return Ok(None);
        }
        self.signal("TERM").await?;
        let Some(mut child) = self.child.take() else { return Ok(None) };
        Ok(tokio::time::timeout(Duration::from_secs(30), child.wait()).await??.code())
    }

    /// Everything it logged, line by line.
    #[must_use]
    pub fn log(&self) -> Vec<serde_json::Value> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The last lines it logged, for a failing test.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    fn command(&self, what: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(path("frontdesk")?);
        command.arg(what).env_clear().envs(self.environment.iter().cloned()).stdin(Stdio::null());
        Ok(command)
    }
}

/// A program of this workspace, as built beside this test.
fn path(program: &str) -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(|deps| deps.parent()).context("the test has no folder")?;
    let path = folder.join(program);
    anyhow::ensure!(path.is_file(), "{} is not built; run cargo build --workspace first", path.display());
    Ok(path)
}
