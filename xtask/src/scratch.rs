//! Private servers for one task (tests, measurements), with data that goes when the task ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::ports;
use crate::process::{Launch, PidFile, Signal, stop_orphan};
use crate::servers::nats::Nats;
use crate::servers::postgres::{Durability, Postgres};
use crate::servers::{self, DatabaseUrl};
use crate::supervisor::{Supervisor, stop_orphaned_job};
use crate::tools::Toolbox;

/// How long a server may take to be ready, on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of its own with the servers in it. Dropping it stops them and deletes the folder.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    tools: Toolbox,
    postgres: Option<Postgres>,
    /// Runs the servers, and the jobs that use them.
    pub supervisor: Supervisor,
}

impl Scratch {
    /// An empty one, for the task of this name. Clears away what tasks of this name left behind when they were
    /// killed.
    pub fn new(
        checkout: &Checkout,
        interrupt: &Interrupt,
        tools: &Toolbox,
        task: &str,
    ) -> anyhow::Result<Self> {
        let state = checkout.state();
        clear_abandoned(&state, task);
        let folder = state.join(format!("{task}-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        owner(&folder).write(std::process::id())?;
        let supervisor = Supervisor::new(interrupt, &folder);
        Ok(Self { folder, tools: tools.clone(), postgres: None, supervisor })
    }

    /// The folder, for files that should go with the task.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a PostgreSQL of our own and waits for it.
    pub fn start_postgres(&mut self, durability: Durability) -> anyhow::Result<&Postgres> {
        self.start_postgres_with(durability, &[])
    }

    /// The same with further settings, each as `name=value`.
    pub fn start_postgres_with(
        &mut self,
        durability: Durability,
        settings: &[&str],
    ) -> anyhow::Result<&Postgres> {
        let port = ports::any_free(std::process::id())?;
        let postgres =
            Postgres::locate(&self.tools, &self.folder.join("postgres"), port, durability)?.with(settings);
        let program = servers::postgres::program(&postgres, &self.folder);
        self.supervisor.start(program)?;
        self.supervisor.wait_until_ready(PATIENCE)?;
        Ok(self.postgres.insert(postgres))
    }

    /// Starts a NATS of our own and waits for it.
    pub fn start_nats(&mut self) -> anyhow::Result<Nats> {
        let port = ports::any_free(std::process::id())?;
        let nats = Nats {
            port,
            monitor: ports::any_free(u32::from(port) + 1)?,
            store: self.folder.join("nats"),
            config: self.folder.join("nats.conf"),
        };
        self.supervisor.start(servers::nats::program(&nats, &self.tools, &self.folder))?;
        self.supervisor.wait_until_ready(PATIENCE)?;
        Ok(nats)
    }

    /// A database on the private PostgreSQL, made if it is not there.
    pub fn database(&self, name: &str) -> anyhow::Result<DatabaseUrl> {
        let postgres = self.postgres.as_ref().context("PostgreSQL was not started")?;
        postgres.ensure_database(&self.tools, name)?;
        postgres.url(name)
    }

    /// `psql` on a database of the private PostgreSQL.
    pub fn psql(&self, tools: &Toolbox, database: &str) -> anyhow::Result<Launch> {
        self.postgres.as_ref().context("PostgreSQL was not started")?.psql(tools, database)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.supervisor.stop(|_, _| ());
        if let Some(postgres) = &self.postgres {
            // Lies elsewhere where its user cannot reach the checkout.
            let _as_good_as_gone = postgres.erase();
        }
        let _as_good_as_gone = fs::remove_dir_all(&self.folder);
    }
}

fn owner(folder: &Path) -> PidFile {
    PidFile::at(&folder.join("owner.pid"))
}

/// Stops the servers and deletes the folders of tasks that are gone.
fn clear_abandoned(state: &Path, task: &str) {
    let Ok(entries) = fs::read_dir(state) else { return };
    for folder in entries.flatten().map(|entry| entry.path()) {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let number = name.strip_prefix(task).and_then(|rest| rest.strip_prefix('-'));
        let is_one = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_one || owner(&folder).survivor().is_some() {
            continue;
        }
        stop_orphaned_job(&folder);
        for server in [servers::postgres::NAME, servers::nats::NAME] {
            let file = servers::pid_file(&folder, server);
            stop_orphan(server, &file, Signal::Interrupt, Duration::from_secs(10));
        }
        let _as_good_as_gone = fs::remove_dir_all(&folder);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{clear_abandoned, owner};

    #[test]
    fn only_folders_of_tasks_that_are_gone_are_cleared() -> anyhow::Result<()> {
        let state = tempfile::tempdir()?;
        let folder = |name: &str| state.path().join(name);
        for name in ["test-1", "test-2", "bench-1", "test-data"] {
            fs::create_dir(folder(name))?;
        }
        owner(&folder("test-2")).write(std::process::id())?;
        clear_abandoned(state.path(), "test");
        let left = ["test-1", "test-2", "bench-1", "test-data"].map(|name| folder(name).exists());
        assert_eq!(left, [false, true, true, true]);
        Ok(())
    }
}
