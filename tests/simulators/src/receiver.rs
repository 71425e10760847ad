//! Whoever is told of incidents: a Slack channel, another program, a watchdog. It notes every call, whole, and answers as it is
//! told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::http::{Reply, Request, Server, Service};
use crate::journal::Journal;

/// Calls that are kept.
const KEPT: usize = 2_000;

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// The path without its slash: whoever was called.
    pub path: String,
    /// The body as it came.
    pub text: String,
    /// The body, if it is JSON.
    pub body: Value,
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature`; empty where there are none.
    pub signed: [String; 3],
    /// How it was answered.
    pub status: u16,
}

/// A running receiver; it stops when this is dropped.
pub struct Receiver {
    ears: Arc<Ears>,
    server: Server,
}

struct Ears {
    status: AtomicU16,
    journal: Journal<Told>,
}

impl Receiver {
    /// Listens at a free port of the loopback.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let ears = Arc::new(Ears { status: AtomicU16::new(200), journal: Journal::new(KEPT) });
        let server = Server::serve(listener, Arc::new(Routes(ears.clone())))?;
        Ok(Self { ears, server })
    }

    /// An address of it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.server.addr())
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.ears.status.store(status, Ordering::Relaxed);
    }

    /// What a path was told and took, in its order.
    #[must_use]
    pub fn told(&self, path: &str) -> Vec<Told> {
        let all = self.ears.journal.all().into_iter().map(|noted| noted.entry);
        all.filter(|told| told.path == path && told.status < 300).collect()
    }
}

struct Routes(Arc<Ears>);

impl Service for Routes {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let status = self.0.status.load(Ordering::Relaxed);
        let header = |name| request.header(name).unwrap_or_default().to_owned();
        self.0.journal.note(Told {
            path: request.path().trim_matches('/').to_owned(),
            text: String::from_utf8_lossy(request.body()).into_owned(),
            body: request.json().unwrap_or_default(),
            signed: ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header),
            status,
        });
        if status < 300 {
            Reply::new(status, "text/plain", "ok")
        } else {
            Reply::new(status, "text/plain", "no_service")
        }
    }
}
