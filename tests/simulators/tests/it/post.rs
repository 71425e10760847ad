//! The product's side of a test with Meta or Twilio: an address that keeps what arrives, and callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use simulators::http::{Answer, CallError, Client, Method, Reply, Request, Server, Service, Target, form};
use simulators::journal::{Journal, Noted};
use simulators::whatsapp::{AccountSpec, Entry, NumberSpec, SenderSpec, WhatsAppOptions, WhatsAppSim};

use crate::hook::PATIENCE;

pub const CUSTOMER: &str = "447700900123";
pub const NUMBER: &str = "109876543210987";
pub const ACCOUNT: &str = "AC00112233445566778899aabbccddeeff";
pub const SENDER: &str = "447700900300";
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// What arrived with one request.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub path: String,
    pub signature: String,
    pub idempotency: String,
    pub body: Vec<u8>,
}

impl Arrived {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A field of a form.
    pub fn field(&self, name: &str) -> Option<String> {
        let pairs = form::pairs(&String::from_utf8_lossy(&self.body));
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Where webhooks arrive. It answers Meta's question for the token `meet-me`.
pub struct PostBox {
    pub arrived: Arc<Journal<Arrived>>,
    answers: Arc<Answers>,
    server: Server,
}

struct Answers {
    arrived: Arc<Journal<Arrived>>,
    refuse_next: AtomicU64,
    status: AtomicU64,
    says: &'static str,
}

impl Service for Answers {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        if request.method() == Method::Get {
            let known = request.query("hub.verify_token").as_deref() == Some("meet-me");
            let challenge = request.query("hub.challenge").unwrap_or_default();
            return if known { Reply::new(200, "text/plain", challenge) } else { Reply::empty(403) };
        }
        let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
        self.arrived.note(Arrived {
            path: request.path().to_owned(),
            signature: header("x-hub-signature-256") + &header("x-twilio-signature"),
            idempotency: header("i-twilio-idempotency-token"),
            body: request.body().to_vec(),
        });
        let refuse =
            self.refuse_next.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if refuse.is_ok() {
            return Reply::empty(u16::try_from(self.status.load(Ordering::SeqCst)).unwrap_or(500));
        }
        match self.says {
            "" => Reply::new(200, "text/xml", "<Response/>"),
            words => Reply::new(200, "text/plain", words),
        }
    }
}

impl PostBox {
    pub async fn start() -> anyhow::Result<Self> {
        Self::saying("").await
    }

    /// One that answers in plain text.
    pub async fn saying(says: &'static str) -> anyhow::Result<Self> {
        let arrived = Arc::new(Journal::new(1000));
        let answers = Arc::new(Answers {
            arrived: arrived.clone(),
            refuse_next: AtomicU64::new(0),
            status: AtomicU64::new(0),
            says,
        });
        let server = Server::start(([127, 0, 0, 1], 0).into(), answers.clone()).await?;
        Ok(Self { arrived, answers, server })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.addr())
    }

    /// Refuses the next requests, which arrive all the same.
    pub fn refuse(&self, count: u64, status: u64) {
        self.answers.status.store(status, Ordering::SeqCst);
        self.answers.refuse_next.store(count, Ordering::SeqCst);
    }

    /// Waits until `count` requests arrived.
    pub async fn wait(&self, count: u64) -> anyhow::Result<Vec<Arrived>> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.arrived.last_seq() < count {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            let more = self.arrived.wait_since(self.arrived.last_seq(), 1, left, |_| true).await;
            let there = !more.is_empty() || self.arrived.last_seq() >= count;
            anyhow::ensure!(there, "only {:?}", self.arrived.all());
        }
        Ok(self.arrived.all().into_iter().map(|noted| noted.entry).collect())
    }
}

/// A simulated WhatsApp with one number of Meta and one sender of Twilio, and those who call them.
pub struct Desk {
    pub post: PostBox,
    pub sim: WhatsAppSim,
    pub meta: Client,
    pub twilio: Client,
}

impl Desk {
    pub async fn quick() -> anyhow::Result<Self> {
        Self::with(WhatsAppOptions::quick()).await
    }

    pub async fn with(options: WhatsAppOptions) -> anyhow::Result<Self> {
        Self::at(PostBox::start().await?, options, "").await
    }

    /// The same, reporting to `post`, with that fragment at the address for Twilio.
    pub async fn at(post: PostBox, options: WhatsAppOptions, fragment: &str) -> anyhow::Result<Self> {
        let hook = format!("{}{fragment}", post.url("/webhooks/twilio/acme"));
        let sim =
            WhatsAppSim::start(options.account(number(&post)).account(SenderSpec::new(ACCOUNT, TOKEN, hook)))
                .await?;
        let meta = caller(&sim, "Bearer access")?;
        let twilio = caller(&sim, BASIC)?;
        Ok(Self { post, sim, meta, twilio })
    }

    pub async fn meta(&self, body: &Value) -> Result<Answer, CallError> {
        let path = format!("/v23.0/{NUMBER}/messages");
        self.meta.post(&path, with_product(body).to_string().as_bytes(), Duration::from_secs(5)).await
    }

    pub async fn meta_text(&self, text: &str) -> Result<Answer, CallError> {
        self.meta(&json!({"to": CUSTOMER, "text": {"body": text}, "biz_opaque_callback_data": "fd:1"})).await
    }

    pub async fn twilio(&self, fields: &[(&str, &str)]) -> Result<Answer, CallError> {
        let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = form::form(fields);
        self.twilio.post_as(&path, &headers, body.as_bytes(), Duration::from_secs(5)).await
    }

    pub async fn twilio_text(&self, text: &str) -> Result<Answer, CallError> {
        let callback = self.post.url("/webhooks/twilio/acme/status/1");
        self.twilio(&[
            ("To", "whatsapp:+447700900123"),
            ("From", "whatsapp:+447700900300"),
            ("Body", text),
            ("StatusCallback", &callback),
        ])
        .await
    }

    /// The customer writes to the account of that name, which opens the window.
    pub async fn customer_writes(&self, account: &str, text: &str) -> anyhow::Result<Option<u16>> {
        let message = serde_json::from_value(json!({"instance": account, "text": text}))?;
        self.sim.customer_writes_and_waits(CUSTOMER, message).await
    }

    /// Puts a fault in force through the control API.
    pub async fn fault(&self, fault: &Value) -> anyhow::Result<()> {
        let answer = self.meta.post("/sim/faults", fault.to_string().as_bytes(), PATIENCE).await?;
        anyhow::ensure!(answer.status == 201, "{fault}: {}", String::from_utf8_lossy(&answer.body));
        Ok(())
    }

    /// Waits for so many receipts after entry `since`; their words, with the code of a failure.
    pub async fn receipts(&self, since: u64, count: usize) -> anyhow::Result<Vec<String>> {
        let mut seen = Vec::new();
        let mut last = since;
        while seen.len() < count {
            let more =
                self.sim.journal().wait_since(last, 100, PATIENCE, |entry| entry.word() == "receipt").await;
            anyhow::ensure!(!more.is_empty(), "only {seen:?}");
            last = more.last().map_or(last, |noted| noted.seq);
            seen.extend(more.iter().map(line));
        }
        Ok(seen)
    }
}

/// `AC…:token`, encoded.
pub const BASIC: &str =
    "Basic QUMwMDExMjIzMzQ0NTU2Njc3ODg5OWFhYmJjY2RkZWVmZjowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";

pub fn number(post: &PostBox) -> AccountSpec {
    NumberSpec::new(NUMBER, "access", post.url("/webhooks/meta"), "app-secret", "meet-me").into()
}

pub fn caller(sim: &WhatsAppSim, authorization: &str) -> anyhow::Result<Client> {
    let target = Target::parse(&sim.url()).map_err(anyhow::Error::msg)?;
    Ok(Client::new(target, 200, &[("authorization", authorization)]))
}

pub fn with_product(body: &Value) -> Value {
    let mut body = body.clone();
    if body.get("messaging_product").is_none() {
        body["messaging_product"] = json!("whatsapp");
    }
    body
}

fn line(noted: &Noted<Entry>) -> String {
    match &noted.entry {
        Entry::Receipt { receipt, code: Some(code), .. } => format!("{} {code}", receipt.word()),
        Entry::Receipt { receipt, .. } => receipt.word().to_owned(),
        entry => entry.word().to_owned(),
    }
}
