use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};

use crate::{eventually, tools};

const OLDEST: (u32, u32) = (18, 0);
const READY: Duration = Duration::from_secs(30);
const USER: &str = "frontdesk";

/// The files of one PostgreSQL server: how to make them and how to start it. Does not own a process.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    folder: PathBuf,
    postgres: PathBuf,
}

/// Whether the server may forget on a crash of the machine what it has committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Much faster; for data that nobody misses.
    Throwaway,
    /// As in production, for tests that kill the server.
    Real,
}

impl Files {
    pub(crate) fn new(folder: PathBuf) -> anyhow::Result<Self> {
        Ok(Self { folder, postgres: tools::find("postgres", OLDEST)? })
    }

    pub(crate) fn exist(&self) -> bool {
        self.folder.join("data/PG_VERSION").exists()
    }

    /// Makes an empty cluster with a password of its own; takes a second.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let password = self.folder.join("password");
        let _ = fs::remove_file(&password);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&password)?;
        write!(file, "{}", uuid::Uuid::new_v4().simple())?;
        // A half-made cluster of a run that was killed.
        let _ = fs::remove_dir_all(self.data());
        // The password goes over loopback as it is: hashing it as production does costs a debug build 200 ms per connection, and
        // the server 3 ms, which was a twentieth of all tests' time.
        let done = tools::as_ordinary_user(&self.postgres.with_file_name("initdb"))
            .args(["--username", USER, "--auth=password", "--encoding=UTF8", "--no-sync"])
            .args(["--set", "scram_iterations=1"])
            .args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"])
            .arg("--pwfile")
            .arg(&password)
            .arg("--pgdata")
            .arg(self.data())
            .stdin(Stdio::null())
            .output()
            .context("cannot start initdb")?;
        anyhow::ensure!(done.status.success(), "initdb failed: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }

    pub(crate) fn command(&self, port: u16, durability: Durability) -> Command {
        let mut command = tools::as_ordinary_user(&self.postgres);
        command.arg("-D").arg(self.data()).args(["-p", &port.to_string()]);
        let mut set = |setting: &str| {
            command.args(["-c", setting]);
        };
        set("listen_addresses=127.0.0.1");
        set("unix_socket_directories=");
        // A whole program takes some twenty; with 300 the seventeenth that ran beside the others found the server full.
        set("max_connections=1000");
        set("logging_collector=on");
        set("log_directory=log");
        set("log_filename=postgres.log");
        if durability == Durability::Throwaway {
            set("fsync=off");
            set("synchronous_commit=off");
            set("full_page_writes=off");
        }
        command
    }

    /// Waits until the server answers, and gives its address.
    pub(crate) async fn ready(&self, port: u16) -> anyhow::Result<String> {
        self.ready_within(port, READY).await
    }

    /// The same, with another patience.
    pub(crate) async fn ready_within(&self, port: u16, patience: Duration) -> anyhow::Result<String> {
        let url = self.url(port)?;
        eventually(patience, "PostgreSQL answers", || answers(&url)).await.with_context(|| self.log())?;
        Ok(url)
    }

    pub(crate) fn url(&self, port: u16) -> anyhow::Result<String> {
        let password = fs::read_to_string(self.folder.join("password"))?;
        Ok(format!("postgres://{USER}:{password}@127.0.0.1:{port}/postgres"))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn log(&self) -> String {
        let log = fs::read_to_string(self.data().join("log/postgres.log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(5).collect();
        format!("PostgreSQL's last words: {}", last.into_iter().rev().collect::<Vec<_>>().join(" | "))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Something when a server answers at this address.
pub(crate) async fn answers(url: &str) -> Option<()> {
    let options: PgConnectOptions = url.parse().ok()?;
    let connection = tokio::time::timeout(Duration::from_secs(2), options.connect()).await.ok()?.ok()?;
    connection.close().await.ok()
}
