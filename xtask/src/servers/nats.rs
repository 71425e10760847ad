//! NATS: its configuration, how it is started, when it is healthy.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use super::http;
use crate::process::{Launch, Signal};
use crate::supervisor::{Program, Stop};
use crate::tools::Toolbox;

/// What it is called.
pub const NAME: &str = "NATS";

/// It has nothing to do at its end but to sync what it wrote.
pub const STOP: Stop = Stop { signal: Signal::Terminate, grace: Duration::from_secs(10) };

/// The server as a supervised program, with its log and pid file in `folder`.
pub fn program(nats: &Nats, tools: &Toolbox, folder: &Path) -> Program {
    let (log, pid_file) = (super::log(folder, NAME), super::pid_file(folder, NAME));
    let (preparing, asking, tools_then) = (nats.clone(), nats.clone(), tools.clone());
    Program::new(NAME, nats.launch(tools), log, pid_file, STOP)
        .prepare(move || preparing.prepare(&tools_then))
        .ready(move || asking.healthy())
}

/// A NATS server with JetStream, on loopback.
#[derive(Clone, Debug)]
pub struct Nats {
    /// Port for clients.
    pub port: u16,
    /// Port for health and figures over HTTP.
    pub monitor: u16,
    /// Where JetStream keeps its streams.
    pub store: PathBuf,
    /// The configuration file, written by [`Nats::prepare`].
    pub config: PathBuf,
}

impl Nats {
    /// Writes the configuration and lets the server check it.
    pub fn prepare(&self, tools: &Toolbox) -> anyhow::Result<()> {
        for folder in self.config.parent().into_iter().chain([self.store.as_path()]) {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&self.config, configuration(self.port, self.monitor, &self.store))
            .with_context(|| format!("cannot write {}", self.config.display()))?;
        let check = Launch::new(tools.program("nats-server")).args(["-t", "-c"]).args([&self.config]);
        check.ask().map(drop).context("NATS refuses the configuration we wrote for it")
    }

    /// How to start it.
    pub fn launch(&self, tools: &Toolbox) -> Launch {
        Launch::new(tools.program("nats-server")).args(["-c"]).args([&self.config])
    }

    /// For clients.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Whether it accepts clients and JetStream is up.
    pub fn healthy(&self) -> bool {
        http::ok(self.monitor, "/healthz?js-enabled-only=true")
    }
}

/// `sync_interval` is what a single node runs with in production too: rows are the ledger, so a second of stream
/// tail may be lost, but not two minutes (the default).
fn configuration(port: u16, monitor: u16, store: &Path) -> String {
    let store = store.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "server_name: \"frontdesk-development\"\n\
         listen: \"127.0.0.1:{port}\"\n\
         http: \"127.0.0.1:{monitor}\"\n\
         max_payload: 1MB\n\
         jetstream {{\n\
         \x20 store_dir: \"{store}\"\n\
         \x20 sync_interval: \"1s\"\n\
         \x20 max_memory_store: 256MB\n\
         \x20 max_file_store: 32GB\n\
         }}\n"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::configuration;

    #[test]
    fn nothing_listens_beyond_loopback_and_paths_are_quoted() {
        let text = configuration(14_222, 18_222, Path::new("/a b/\"c\""));
        assert!(text.contains("listen: \"127.0.0.1:14222\"") && text.contains("http: \"127.0.0.1:18222\""));
        assert!(text.contains(r#"store_dir: "/a b/\"c\"""#), "{text}");
        assert!(text.contains("sync_interval: \"1s\""));
    }
}
