//! The product under measurement: its release build, configured for this run, as a child process.

mod addresses;
mod bootstrap;
mod log;
mod settings;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use simulators::http::{Client, Target};
use tokio::process::{Child, Command};

pub use addresses::Addresses;
pub use bootstrap::{Channel, channels};

use crate::surroundings::Surroundings;

const STARTED_WITHIN: Duration = Duration::from_secs(60);
/// Longer than the services take at most to finish what is under way.
const STOPPED_WITHIN: Duration = Duration::from_secs(40);

/// The five services in one process. It is killed when this is dropped.
pub struct Frontdesk {
    child: Child,
    pid: u32,
    log: PathBuf,
}

impl Frontdesk {
    /// Migrates the database, starts the services and waits until they are ready.
    ///
    /// # Errors
    /// When any of that fails, with the end of the log.
    pub async fn start(
        around: &Surroundings,
        addresses: &Addresses,
        channels: &[Channel],
        provider_url: &str,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let bootstrap = folder.join("bootstrap.toml");
        std::fs::write(&bootstrap, bootstrap::render(channels, provider_url))
            .with_context(|| format!("cannot write {}", bootstrap.display()))?;
        let log = folder.join("frontdesk.log");
        let command = |word: &str| -> anyhow::Result<Command> {
            let file = File::options().create(true).append(true).open(&log)?;
            let mut command = Command::new(around.programs.join("frontdesk"));
            let settings = settings::of(around, addresses, &bootstrap);
            command.arg(word).envs(settings).stdin(Stdio::null()).kill_on_drop(true);
            command.stdout(file.try_clone()?).stderr(file);
            Ok(command)
        };
        let migrated = command("migrate")?.status().await.context("cannot run frontdesk")?;
        ensure!(migrated.success(), "`frontdesk migrate` failed; the end of its log:\n{}", log::tail(&log));
        let child = command("serve")?.spawn().context("cannot run frontdesk")?;
        let pid = child.id().context("frontdesk ended at once")?;
        let mut frontdesk = Self { child, pid, log };
        frontdesk.wait_until_ready(addresses).await?;
        Ok(frontdesk)
    }

    async fn wait_until_ready(&mut self, addresses: &Addresses) -> anyhow::Result<()> {
        let deadline = Instant::now() + STARTED_WITHIN;
        for address in addresses.admin() {
            let target = Target::parse(&format!("http://{address}")).map_err(anyhow::Error::msg)?;
            let client = Client::new(target, 1, &[]);
            while !client.get("/readyz", Duration::from_secs(2)).await.is_ok_and(|answer| answer.is_success())
            {
                if let Some(status) = self.child.try_wait()? {
                    bail!("frontdesk ended ({status}); the end of its log:\n{}", self.log_tail());
                }
                ensure!(
                    Instant::now() < deadline,
                    "frontdesk is not ready; the end of its log:\n{}",
                    self.log_tail()
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The last lines of the log.
    pub fn log_tail(&self) -> String {
        log::tail(&self.log)
    }

    /// Warnings and errors in the log up to now.
    pub fn warnings(&self) -> u64 {
        log::warnings(&self.log)
    }

    /// Asks it to stop and waits for it.
    ///
    /// # Errors
    /// When it does not, or with a failure.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        // The shell's own `kill` is on every Unix, and needs no unsafe code.
        Command::new("sh").args(["-c", &format!("kill -s TERM {}", self.pid)]).status().await?;
        let status = tokio::time::timeout(STOPPED_WITHIN, self.child.wait()).await.with_context(|| {
            format!("frontdesk does not stop; the end of its log:\n{}", log::tail(&self.log))
        })??;
        ensure!(
            status.success(),
            "frontdesk stopped with {status}; the end of its log:\n{}",
            log::tail(&self.log)
        );
        Ok(())
    }
}
