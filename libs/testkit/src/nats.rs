use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;

use crate::leash::Leash;
use crate::{eventually, tools};

const OLDEST: (u32, u32) = (2, 15);
const READY: Duration = Duration::from_secs(10);
/// What streams may reserve. Said outright: by default the server takes three quarters of what the disk has free at that
/// moment, and on a nearly full one refuses streams that will hold a few kilobytes.
const STORE: &str = "jetstream { max_file_store: 64GB }\n";

/// A NATS server with JetStream of one's own: nobody else's streams are in it, and it may be killed and wiped.
/// Ends with this value.
#[derive(Debug)]
pub struct Nats {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    monitor: u16,
    server: Option<Leash>,
}

impl Nats {
    /// Starts a server on a free port with an empty store; takes some 50 ms.
    pub async fn start() -> anyhow::Result<Self> {
        let program = tools::find("nats-server", OLDEST)?;
        let folder = tempfile::tempdir().context("cannot make a folder for the NATS store")?;
        let mut nats = Self { program, folder, port: 0, monitor: 0, server: None };
        nats.launch().await?;
        Ok(nats)
    }

    /// Where clients connect. Stays the same over restarts.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The same as configuration.
    pub fn settings(&self) -> settings::Nats {
        settings::Nats { url: self.url(), replicas: 1 }
    }

    /// Host and port, for a [`crate::Proxy`].
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Kills the server as a power cut would. What it had not synced may be lost.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.server.take().context("the NATS server is not running")?.kill()
    }

    /// Starts the server again after [`Nats::kill9`], on the same port with what is left in its store.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        if self.server.is_some() {
            self.kill9()?;
        }
        self.launch().await
    }

    /// Kills the server, deletes everything it stored, and starts it again.
    pub async fn wipe_store(&mut self) -> anyhow::Result<()> {
        if self.server.is_some() {
            self.kill9()?;
        }
        std::fs::remove_dir_all(self.store()).context("cannot delete the NATS store")?;
        self.launch().await
    }

    /// Lets the server stand still, as a machine without CPU would.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.server.as_ref().context("the NATS server is not running")?.signal("STOP")
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) -> anyhow::Result<()> {
        self.server.as_ref().context("the NATS server is not running")?.signal("CONT")
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    async fn launch(&mut self) -> anyhow::Result<()> {
        let ports = self.folder.path().join("ports");
        let _ = std::fs::remove_dir_all(&ports);
        std::fs::create_dir_all(&ports)?;
        let settings = self.folder.path().join("nats.conf");
        std::fs::write(&settings, STORE)?;
        let port = |port: u16| if port == 0 { "-1".to_owned() } else { port.to_string() };
        let mut command = Command::new(&self.program);
        command
            .arg("--config")
            .arg(&settings)
            .args(["--addr", "127.0.0.1", "--jetstream", "--port", &port(self.port)])
            .args(["--http_port", &port(self.monitor)])
            .arg("--store_dir")
            .arg(self.store())
            .arg("--ports_file_dir")
            .arg(&ports)
            .arg("--log")
            .arg(self.folder.path().join("log"));
        self.server = Some(Leash::start(&command)?);
        let found = eventually(READY, "nats-server tells its ports", async || read_ports(&ports)).await;
        (self.port, self.monitor) = found.with_context(|| self.log())?;
        let monitor = SocketAddr::from(([127, 0, 0, 1], self.monitor));
        let ready =
            eventually(READY, "nats-server is healthy", async || healthy(monitor).then_some(())).await;
        ready.with_context(|| self.log())
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(5).collect();
        format!("nats-server's last words: {}", last.into_iter().rev().collect::<Vec<_>>().join(" | "))
    }
}

/// The server writes `nats-server_<pid>.ports` once it listens: client and monitoring addresses as JSON.
fn read_ports(folder: &std::path::Path) -> Option<(u16, u16)> {
    let file = std::fs::read_dir(folder).ok()?.filter_map(Result::ok).next()?.path();
    let ports: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    let port = |kind: &str| ports[kind][0].as_str()?.rsplit(':').next()?.parse().ok();
    Some((port("nats")?, port("monitoring")?))
}

fn healthy(monitor: SocketAddr) -> bool {
    ask(monitor, "/healthz?js-enabled-only=true")
        .is_ok_and(|answer| answer.split_whitespace().nth(1) == Some("200"))
}

/// What the server's monitoring port answers, head and body.
fn ask(monitor: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&monitor, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a disk with less than a gigabyte free every stream was refused.
    #[tokio::test]
    async fn what_streams_may_reserve_does_not_depend_on_the_disk() -> anyhow::Result<()> {
        let nats = Nats::start().await?;
        let answer = ask(SocketAddr::from(([127, 0, 0, 1], nats.monitor)), "/jsz")?;
        assert!(answer.contains("\"max_storage\": 68719476736"), "{answer}");
        Ok(())
    }
}
