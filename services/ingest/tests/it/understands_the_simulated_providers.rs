//! What the simulated Meta and Twilio sign and tell is proven and understood by the running service: two readings of the
//! providers' documentation, written apart, that must agree.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use simulators::faults::Trigger;
use simulators::http::{Client, Reply, Request, Server, Service, Target, form};
use simulators::whatsapp::{
    Entry, FaultKind, NumberSpec, PhoneMessage, SenderSpec, WhatsAppOptions, WhatsAppSim,
};

use crate::support::front::{APP_SECRET, AUTH_TOKEN, Front, META_NUMBER, TWILIO_ACCOUNT};

const PATIENCE: Duration = Duration::from_secs(20);
const CUSTOMER: &str = "447700900123";

/// What stands between the providers and the service, and gives it its public address.
struct Proxy {
    service: OnceLock<(reqwest::Client, String)>,
}

impl Service for Proxy {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let (http, base) = self.service.get().unwrap();
        let mut headers = HeaderMap::new();
        for name in ["content-type", "x-hub-signature-256", "x-twilio-signature"] {
            if let Some(value) = request.header(name) {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
            }
        }
        let url = format!("{base}{}", request.path());
        let sent = http.post(url).headers(headers).body(request.body().to_vec()).send().await.unwrap();
        let kind = sent.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/xml");
        let status = sent.status().as_u16();
        Reply::new(status, if kind { "text/xml" } else { "application/json" }, sent.bytes().await.unwrap())
    }
}

struct Stage {
    front: Front,
    sim: WhatsAppSim,
    public: Server,
}

impl Stage {
    async fn start() -> Self {
        let proxy = Arc::new(Proxy { service: OnceLock::new() });
        let public = Server::start(([127, 0, 0, 1], 0).into(), proxy.clone()).await.unwrap();
        let url = format!("http://{}", public.addr());
        let front = Front::with(&[("ingest.public_url", &url)]).await;
        let behind = format!("http://{}", front.addresses.http);
        proxy.service.set((front.http.clone(), behind.clone())).unwrap();
        // The handshake is a question, which the proxy does not pass on.
        let meta =
            NumberSpec::new(META_NUMBER, "access", format!("{behind}/webhooks/meta"), APP_SECRET, "meet-me");
        let twilio = SenderSpec::new(TWILIO_ACCOUNT, AUTH_TOKEN, format!("{url}/webhooks/twilio/acme"));
        let sim = WhatsAppSim::start(WhatsAppOptions::quick().account(meta).account(twilio)).await.unwrap();
        Self { front, sim, public }
    }

    /// A caller of the simulated provider.
    fn caller(&self, authorization: &str) -> Client {
        Client::new(Target::parse(&self.sim.url()).unwrap(), 2, &[("authorization", authorization)])
    }

    async fn customer_writes(&self, message: Value) {
        let message: PhoneMessage = serde_json::from_value(message).unwrap();
        let status = self.sim.customer_writes_and_waits(CUSTOMER, message).await.unwrap();
        assert_eq!(status, Some(200));
    }

    /// Waits until the webhook took a receipt of that status.
    async fn given(&self, word: &str) {
        let given = |entry: &Entry| matches!(entry, Entry::Receipt { receipt, .. } if receipt.word() == word);
        assert!(
            self.sim.journal().wait_for(PATIENCE, given).await.is_some(),
            "{:?}",
            self.sim.journal().all()
        );
    }

    /// `provider text` of what the conversation was handed, and how far the messages sent have got.
    async fn handed_on(&self) -> (Vec<Value>, Vec<Value>) {
        let items = "select to_jsonb(c.provider || ' ' || (i.body ->> 'text'))
                       from conversation.item i join conversation.channel c on c.id = i.channel_id order by i.provider_id, 1";
        let receipts = "select to_jsonb(c.provider || ' ' || r.rank || coalesce(' ' || r.error_code, ''))
                          from delivery.receipt r join conversation.channel c on c.id = r.channel_id order by r.rank";
        (self.front.json(items).await, self.front.json(receipts).await)
    }
}

#[tokio::test]
async fn the_handshake_is_answered() {
    let stage = Stage::start().await;
    assert!(stage.sim.handshake(META_NUMBER).await.unwrap());
}

#[tokio::test]
async fn meta_is_proven_and_understood() {
    let stage = Stage::start().await;
    // Escapes and emoji, over which a signature of anything but the raw bytes would stumble.
    stage.customer_writes(json!({"instance": META_NUMBER, "text": "Hi é 👍 a/b"})).await;
    let send = async |text: &str| {
        let body = json!({"messaging_product": "whatsapp", "to": CUSTOMER, "text": {"body": text},
                          "biz_opaque_callback_data": "fd:1"});
        let path = format!("/v23.0/{META_NUMBER}/messages");
        stage.caller("Bearer access").post(&path, body.to_string().as_bytes(), PATIENCE).await.unwrap().status
    };
    assert_eq!(send("Hello").await, 200);
    stage.given("read").await;
    stage.sim.fault(FaultKind::WindowClosed {}, Trigger::next(1));
    assert_eq!(send("Too late").await, 200);
    stage.given("failed").await;
    let (texts, receipts) = stage.handed_on().await;
    assert_eq!(texts, ["meta Hi é 👍 a/b"]);
    assert_eq!(receipts, ["meta 2 131047", "meta 4"]);
    assert!(stage.front.quarantined().await.is_empty());
}

#[tokio::test]
async fn twilio_is_proven_and_understood() {
    let stage = Stage::start().await;
    stage.customer_writes(json!({"instance": "447700900300", "text": "Yes & no +1 é"})).await;
    let callback = format!("http://{}/webhooks/twilio/acme/status/fd:1", stage.public.addr());
    let send = async |text: &str| {
        let fields = [
            ("To", "whatsapp:+447700900123"),
            ("From", "whatsapp:+447700900300"),
            ("Body", text),
            ("StatusCallback", &callback),
        ];
        let path = format!("/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages.json");
        let basic = format!("Basic {}", STANDARD.encode(format!("{TWILIO_ACCOUNT}:{AUTH_TOKEN}")));
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let body = form::form(&fields);
        stage.caller(&basic).post_as(&path, &kind, body.as_bytes(), PATIENCE).await.unwrap().status
    };
    assert_eq!(send("Hello").await, 201);
    stage.given("read").await;
    stage.sim.fault(FaultKind::ReceiptsFailed { code: Some(63018) }, Trigger::next(1));
    assert_eq!(send("Too many").await, 201);
    stage.given("failed").await;
    let (texts, receipts) = stage.handed_on().await;
    assert_eq!(texts, ["twilio Yes & no +1 é"]);
    assert_eq!(receipts, ["twilio 2 63018", "twilio 4"]);
    assert!(stage.front.quarantined().await.is_empty());
    // What the service answers is not said to the customer.
    let sends = stage.sim.journal().since(0, 9, |entry| entry.word() == "send");
    assert_eq!(sends.len(), 2, "{sends:?}");
}
