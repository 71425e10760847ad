//! PostgreSQL: making a cluster, starting it, knowing when it is ready.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::DatabaseUrl;
use super::unprivileged::Unprivileged;
use crate::process::{Identity, Launch, Signal};
use crate::say;
use crate::supervisor::{Program, Stop};
use crate::tools::Toolbox;

/// What it is called.
pub const NAME: &str = "PostgreSQL";

/// SIGINT is its fast shutdown: sessions end, what was committed is flushed.
pub const STOP: Stop = Stop { signal: Signal::Interrupt, grace: Duration::from_secs(20) };

/// The server as a supervised program, with its log and pid file in `folder`.
pub fn program(postgres: &Postgres, folder: &Path) -> Program {
    let (log, pid_file) = (super::log(folder, NAME), super::pid_file(folder, NAME));
    let (preparing, asking) = (postgres.clone(), postgres.clone());
    Program::new(NAME, postgres.launch(), log, pid_file, STOP)
        .prepare(move || preparing.prepare())
        .ready(move || asking.ready())
}

/// What a crash of the machine may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was committed: PostgreSQL's own defaults.
    Full,
    /// Everything; for databases that live as long as one test run.
    None,
}

/// A PostgreSQL server on loopback.
#[derive(Clone, Debug)]
pub struct Postgres {
    port: u16,
    durability: Durability,
    /// Further settings, as `name=value`.
    settings: Vec<String>,
    /// The folder of the cluster.
    data: PathBuf,
    /// The superuser's password; lies beside the data, for both are made and deleted together.
    password: PathBuf,
    /// The programs as the server's user reaches them.
    programs: PathBuf,
    server_user: Unprivileged,
}

impl Postgres {
    /// A server with its data in `home`, or in a place near the system's temporary folder where its user could not
    /// reach `home`. Decides how to run it: the server refuses to be root.
    pub fn locate(tools: &Toolbox, home: &Path, port: u16, durability: Durability) -> anyhow::Result<Self> {
        let server_user = Unprivileged::choose(home)?;
        let (home, programs) = server_user.places(home, tools)?;
        let (data, password) = (home.join("data"), home.join("password"));
        Ok(Self { port, durability, settings: Vec::new(), data, password, programs, server_user })
    }

    /// The same with further settings, each as `name=value`.
    #[must_use]
    pub fn with(mut self, settings: &[&str]) -> Self {
        self.settings.extend(settings.iter().map(|&setting| setting.to_owned()));
        self
    }

    /// Deletes the data.
    pub fn erase(&self) -> anyhow::Result<()> {
        let Some(home) = self.data.parent().filter(|home| home.exists()) else { return Ok(()) };
        fs::remove_dir_all(home).with_context(|| format!("cannot delete {}", home.display()))
    }

    /// Makes the cluster if it is not there, and clears the way for the server.
    pub fn prepare(&self) -> anyhow::Result<()> {
        let finished = self.data.join("PG_VERSION").exists() && self.password.exists();
        match finished {
            true => self.forget_a_lock_of_somebody_else(),
            false => self.make_cluster(),
        }
    }

    fn make_cluster(&self) -> anyhow::Result<()> {
        say::line("Making a PostgreSQL cluster");
        // Whatever an interrupted attempt left is no cluster.
        self.erase()?;
        let home = self.data.parent().context("the data folder has a folder above it")?;
        fs::create_dir_all(home).with_context(|| format!("cannot make {}", home.display()))?;
        fs::write(&self.password, crate::random::token(24)?)
            .with_context(|| format!("cannot write {}", self.password.display()))?;
        self.server_user.own(home)?;
        self.server_user.own(&self.password)?;
        let auth: &[&str] = match self.durability {
            Durability::Full => &["--auth=scram-sha-256"],
            // Hashing costs a debug build 200 ms for every session, and the server 3 ms.
            Durability::None => &["--auth=password", "--set", "scram_iterations=1"],
        };
        let initdb = self
            .server_user
            .run(Launch::new(self.programs.join("initdb")))
            .args(["--username=frontdesk", "--encoding=UTF8", "--no-sync"])
            .args(auth)
            .args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--pwfile"])
            .args([&self.password])
            .args(["--pgdata"])
            .args([&self.data]);
        initdb.ask().map(drop).context("cannot make a PostgreSQL cluster")?;
        readable_by_owner_only(&self.password)
    }

    /// After a crash the server's lock file names a process; if that number now belongs to another program (numbers
    /// are small and soon reused in a container), PostgreSQL would take that for itself and refuse to start.
    fn forget_a_lock_of_somebody_else(&self) -> anyhow::Result<()> {
        let lock = self.data.join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&lock) else { return Ok(()) };
        let holder = text.lines().next().and_then(|pid| pid.trim().parse().ok()).and_then(Identity::of);
        let Some(program) = holder.and_then(Identity::program) else { return Ok(()) };
        if program.file_name().is_some_and(|name| name.to_string_lossy().starts_with("postgres")) {
            return Ok(());
        }
        say::line(format_args!(
            "PostgreSQL's lock file names a process that is {} now; removing it",
            program.display()
        ));
        fs::remove_file(&lock).with_context(|| format!("cannot remove {}", lock.display()))
    }

    /// How to start it.
    pub fn launch(&self) -> Launch {
        let settings: &[&str] = match self.durability {
            Durability::Full => &[],
            Durability::None => &["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
        };
        // Sockets in the file system have a path limit that a deep checkout exceeds.
        let common = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"];
        let further = self.settings.iter().map(String::as_str);
        let settings =
            common.iter().chain(settings).copied().chain(further).flat_map(|setting| ["-c", setting]);
        self.server_user
            .run(Launch::new(self.programs.join("postgres")))
            .args(["-D"])
            .args([&self.data])
            .args(["-p", &self.port.to_string()])
            .args(settings)
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> anyhow::Result<DatabaseUrl> {
        Ok(DatabaseUrl::local(self.port, &self.read_password()?, database))
    }

    fn read_password(&self) -> anyhow::Result<String> {
        fs::read_to_string(&self.password).with_context(|| format!("cannot read {}", self.password.display()))
    }

    /// Whether it accepts sessions.
    pub fn ready(&self) -> bool {
        answers(self.port).unwrap_or(false)
    }

    /// `psql` on a database of this server, stopping at the first error.
    pub fn psql(&self, tools: &Toolbox, database: &str) -> anyhow::Result<Launch> {
        // By environment: a command line can be read by everyone on the machine.
        Ok(Launch::new(tools.program("psql"))
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"])
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "frontdesk")
            .env("PGPASSWORD", self.read_password()?)
            .env("PGDATABASE", database))
    }

    /// Makes the database if it is not there.
    pub fn ensure_database(&self, tools: &Toolbox, name: &str) -> anyhow::Result<()> {
        ensure!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "`{name}` is no database name of ours"
        );
        let psql = self.psql(tools, "postgres")?;
        let question = format!("select 1 from pg_database where datname = '{name}'");
        if psql.clone().args(["--command", &question]).ask()?.trim().is_empty() {
            psql.args(["--command", &format!("create database {name}")]).ask()?;
        }
        Ok(())
    }
}

fn readable_by_owner_only(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        .with_context(|| format!("cannot restrict {}", path.display()))
}

/// Knocks as a client does. A server that is up asks who we are (`R`); one that starts or recovers says `E`.
fn answers(port: u16) -> Option<bool> {
    const PATIENCE: Duration = Duration::from_millis(500);
    const PROTOCOL_3_0: u32 = 3 << 16;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let parameters = b"user\0frontdesk\0database\0postgres\0\0";
    let length = u32::try_from(8 + parameters.len()).ok()?;
    let hello = [&length.to_be_bytes()[..], &PROTOCOL_3_0.to_be_bytes(), parameters].concat();
    stream.write_all(&hello).ok()?;
    let mut kind = [0];
    stream.read_exact(&mut kind).ok()?;
    Some(kind == *b"R")
}
