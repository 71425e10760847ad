//! The product's side of a test: a webhook that takes down what it is told, and a caller.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use simulators::http::{Answer, CallError, Client, Reply, Request, Server, Service, Target};
use simulators::journal::Journal;
use simulators::whatsapp::{InstanceSpec, WhatsAppOptions, WhatsAppSim};

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One call of the webhook.
#[derive(Debug, Clone)]
pub struct Told {
    pub authorization: Option<String>,
    pub body: Value,
}

impl Told {
    pub fn event(&self) -> &str {
        self.body["event"].as_str().unwrap_or_default()
    }

    /// The event, and for receipts which: `messages.update READ`.
    pub fn line(&self) -> String {
        match (self.event(), self.body["data"]["status"].as_str()) {
            ("messages.update", Some(status)) => status.to_owned(),
            (event, _) => event.to_owned(),
        }
    }
}

/// A webhook.
pub struct Hook {
    pub told: Arc<Journal<Told>>,
    answers: Arc<Answers>,
    server: Server,
}

struct Answers {
    told: Arc<Journal<Told>>,
    refuse_next: AtomicU64,
    status: AtomicU64,
}

impl Service for Answers {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let told = Told {
            authorization: request.header("authorization").map(str::to_owned),
            body: request.json().unwrap_or_default(),
        };
        let refuse =
            self.refuse_next.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if refuse.is_ok() {
            let status = self.status.load(Ordering::SeqCst);
            return Reply::empty(u16::try_from(status).unwrap_or(500));
        }
        self.told.note(told);
        Reply::empty(200)
    }
}

impl Hook {
    pub async fn start() -> anyhow::Result<Self> {
        let told = Arc::new(Journal::new(1000));
        let answers = Arc::new(Answers {
            told: told.clone(),
            refuse_next: AtomicU64::new(0),
            status: AtomicU64::new(0),
        });
        let server = Server::start(([127, 0, 0, 1], 0).into(), answers.clone()).await?;
        Ok(Self { told, answers, server })
    }

    pub fn url(&self) -> String {
        format!("http://{}/webhooks/evolution/demo", self.server.addr())
    }

    /// Refuses the next calls.
    pub fn refuse(&self, count: u64, status: u64) {
        self.answers.status.store(status, Ordering::SeqCst);
        self.answers.refuse_next.store(count, Ordering::SeqCst);
    }

    /// Waits until `count` calls were taken and returns their lines.
    pub async fn lines(&self, count: u64) -> anyhow::Result<Vec<String>> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.told.last_seq() < count {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            let more = self.told.wait_since(self.told.last_seq(), 1, left, |_| true).await;
            anyhow::ensure!(!more.is_empty() || self.told.last_seq() >= count, "only {:?}", self.all());
        }
        Ok(self.all())
    }

    fn all(&self) -> Vec<String> {
        self.told.all().iter().map(|noted| noted.entry.line()).collect()
    }

    pub fn bodies(&self, event: &str) -> Vec<Value> {
        let told = self.told.all().into_iter().map(|noted| noted.entry);
        told.filter(|told| told.event() == event).map(|told| told.body).collect()
    }
}

/// A simulated WhatsApp with the instance `demo`, its webhook, and a caller.
pub struct Stage {
    pub hook: Hook,
    pub sim: WhatsAppSim,
    pub http: Client,
}

impl Stage {
    pub async fn quick() -> anyhow::Result<Self> {
        Self::with(WhatsAppOptions::quick()).await
    }

    pub async fn with(options: WhatsAppOptions) -> anyhow::Result<Self> {
        let hook = Hook::start().await?;
        let spec = InstanceSpec::new("demo", "key", hook.url(), "hook-token");
        let sim = WhatsAppSim::start(options.instance(spec)).await?;
        let http = caller(&sim, "key")?;
        Ok(Self { hook, sim, http })
    }

    pub async fn send(&self, text: &str) -> Result<Answer, CallError> {
        self.send_body(&json!({"number": "447700900123", "text": text})).await
    }

    pub async fn send_body(&self, body: &Value) -> Result<Answer, CallError> {
        self.http.post("/message/sendText/demo", body.to_string().as_bytes(), Duration::from_secs(5)).await
    }

    /// Puts a fault in force through the control API.
    pub async fn fault(&self, fault: Value) -> anyhow::Result<()> {
        let answer = self.http.post("/sim/faults", fault.to_string().as_bytes(), PATIENCE).await?;
        anyhow::ensure!(answer.status == 201, "{fault}: {}", String::from_utf8_lossy(&answer.body));
        Ok(())
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.http.get(path, PATIENCE).await?.json()?)
    }
}

/// A caller with a key.
pub fn caller(sim: &WhatsAppSim, key: &str) -> anyhow::Result<Client> {
    let target = Target::parse(&sim.url()).map_err(anyhow::Error::msg)?;
    Ok(Client::new(target, 8, &[("apikey", key)]))
}
