//! A program as it is started, asked and stopped from outside.

mod check_config_explains;
mod serve_needs_a_migrated_database;
mod serving_ends_as_told;
mod the_admin_port_answers;

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use anyhow::Context;
use testkit::{Database, eventually};

const LONG: Duration = Duration::from_secs(20);

/// The example `smallest`, which cargo builds with the tests.
fn program() -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let target = here.ancestors().nth(2).context("no target folder")?;
    Ok(target.join("examples/smallest"))
}

/// The program, without any of our settings from outside.
fn command(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(program()?);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FRONTDESK_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    Ok(command)
}

/// The program on a database.
fn on(database: &Database, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = command(arguments)?;
    command.env("FRONTDESK_DATABASE__URL", database.url());
    Ok(command)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a program logged.
fn lines(output: &Output) -> anyhow::Result<Vec<serde_json::Value>> {
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("not JSON: {line}")))
        .collect()
}

/// A serving program, killed with this value.
struct Serving {
    child: Option<Child>,
    admin: String,
    _folder: tempfile::TempDir,
}

impl Serving {
    async fn start(database: &Database, variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let announce = folder.path().join("admin");
        let child = on(database, &["serve"])?
            .env("FRONTDESK_INGEST__ANNOUNCE", &announce)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut serving = Self { child: Some(child), admin: String::new(), _folder: folder };
        serving.admin = eventually(LONG, "the admin port is announced", async || {
            std::fs::read_to_string(&announce).ok().filter(|admin| !admin.is_empty())
        })
        .await?;
        Ok(serving)
    }

    fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let child = self.child.as_ref().context("it is not running")?;
        let pid = child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s $0 $1", signal, &pid]).status()?;
        anyhow::ensure!(sent.success(), "it is not there");
        Ok(())
    }

    /// What it said, once it has ended.
    async fn ended(mut self) -> anyhow::Result<Output> {
        let child = self.child.take().context("it is not running")?;
        let output = tokio::task::spawn_blocking(move || child.wait_with_output());
        Ok(tokio::time::timeout(LONG, output).await.context("it does not end")???)
    }

    /// Status and body of a GET.
    async fn get(&self, path: &str) -> anyhow::Result<(u16, String)> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(&self.admin).await?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.split_whitespace().nth(1).context("no status")?.parse()?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        Ok((status, body))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A database that `migrate` has prepared for the example.
async fn migrated() -> anyhow::Result<Database> {
    let database = Database::fresh(&[]).await?;
    let done = on(&database, &["migrate"])?.output()?;
    anyhow::ensure!(done.status.success(), "{}", text(&done.stderr));
    Ok(database)
}
