//! A front desk that answers each message at once, or wrongly as it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bench::{World, WorldOptions};
use serde_json::{Value, json};
use simulators::delay::Delay;
use simulators::http::{Client, Reply, Request, Server, Service, Target};
use simulators::whatsapp::{InstanceSpec, ReceiptHabits};

/// How it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    Proper,
    /// The third customer is forgotten.
    Forgetful,
    /// The third customer is answered twice.
    Repetitive,
}

struct Desk {
    manners: Manners,
    provider: Client,
    served: AtomicU64,
    pub receipts: AtomicU64,
}

impl Service for Desk {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let Ok(event) = request.json::<Value>() else { return Reply::empty(400) };
        match event["event"].as_str() {
            Some("messages.upsert") => {
                let times = match (self.manners, self.served.fetch_add(1, Ordering::Relaxed)) {
                    (Manners::Forgetful, 2) => 0,
                    (Manners::Repetitive, 2) => 2,
                    _ => 1,
                };
                let customer = event["data"]["key"]["remoteJid"].as_str().unwrap_or_default().to_owned();
                tokio::spawn(async move { self.send(&customer, times).await });
            }
            Some("messages.update") => {
                self.receipts.fetch_add(1, Ordering::Relaxed);
            }
            _ => return Reply::empty(400),
        }
        Reply::empty(200)
    }
}

impl Desk {
    async fn send(&self, customer: &str, times: u32) {
        let number = customer.split('@').next().unwrap_or_default();
        let body = json!({"number": number, "text": "Hello"}).to_string();
        for _ in 0..times {
            let sent = self.provider.post("", body.as_bytes(), Duration::from_secs(5)).await;
            assert!(sent.is_ok_and(|answer| answer.is_success()));
        }
    }
}

/// Customers, with a desk that serves them.
pub async fn open(manners: Manners) -> anyhow::Result<(Arc<World>, Server)> {
    let instance = InstanceSpec { webhook_url: None, ..InstanceSpec::new("desk", "key", "", "token") };
    let world = World::start(WorldOptions {
        instances: vec![instance.clone()],
        text: "hi".to_owned(),
        answer: Delay::NONE,
        receipts: ReceiptHabits::at_once(),
        echo: false,
    })
    .await?;
    let target =
        Target::parse(&format!("{}/message/sendText/desk", world.url())).map_err(anyhow::Error::msg)?;
    let provider = Client::new(target, 32, &[("apikey", "key")]);
    let desk = Desk { manners, provider, served: AtomicU64::new(0), receipts: AtomicU64::new(0) };
    let server = Server::start(SocketAddr::from(([127, 0, 0, 1], 0)), Arc::new(desk)).await?;
    world
        .put_instance(InstanceSpec { webhook_url: Some(format!("http://{}", server.addr())), ..instance })?;
    Ok((world, server))
}
