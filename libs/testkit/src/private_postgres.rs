use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;

use crate::leash::Leash;
use crate::server::{Durability, Files};

/// How often a restart is tried, and how long each try may take.
const ATTEMPTS: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(3);

/// A PostgreSQL server of one's own with production's durability, for tests that kill it. Takes a second to make, so
/// other tests share one, see [`crate::Database`]. Ends with this value.
#[derive(Debug)]
pub struct PrivatePostgres {
    files: Files,
    port: u16,
    url: String,
    server: Option<Leash>,
    _folder: TempDir,
}

impl PrivatePostgres {
    /// Makes an empty server and starts it.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder for PostgreSQL")?;
        let files = Files::new(folder.path().to_path_buf())?;
        files.create()?;
        let port = crate::free_port()?;
        let url = files.url(port)?;
        let mut postgres = Self { files, port, url, server: None, _folder: folder };
        postgres.restart().await?;
        Ok(postgres)
    }

    /// The address of the database "postgres", with password. Stays the same over restarts.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same as configuration.
    pub fn settings(&self) -> settings::Database {
        settings::Database { url: self.url.as_str().into(), max_connections: 8 }
    }

    /// Host and port, for a [`crate::Proxy`].
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Kills the server as a crash would. Its children notice and end by themselves.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.server.take().context("PostgreSQL is not running")?.kill()
    }

    /// Starts the server (again) on the same port and waits until it has recovered.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        if self.server.is_some() {
            self.kill9()?;
        }
        // The children of a killed server end a moment after it; until they have, a new one refuses to start.
        for _ in 0..ATTEMPTS {
            self.server = Some(Leash::start(&self.files.command(self.port, Durability::Real))?);
            if self.files.ready_within(self.port, PATIENCE).await.is_ok() {
                return Ok(());
            }
            drop(self.server.take());
        }
        anyhow::bail!("PostgreSQL does not come back; {}", self.files.log())
    }
}
