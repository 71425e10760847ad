//! whatsapp-sim: an Evolution API server (2.3.7) with a WhatsApp behind it.
//!
//! It accepts sends, calls the product's webhook with their echoes and receipts and with what customers
//! write, keeps its own truth in a journal, and breaks on demand.

mod chats;
mod control;
mod counts;
mod customer;
mod entry;
mod event;
mod fault;
mod instance;
mod jid;
mod lookup;
mod message;
mod options;
mod receipts;
mod refusal;
mod send_text;
mod webhook;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

pub use counts::Totals;
pub use customer::PhoneMessage;
pub use entry::{Entry, ReceiptStatus};
pub use fault::{ClosedAnswer, Fault, FaultKind};
pub use instance::InstanceSpec;
pub use options::{SendHook, SendSeen, WhatsAppOptions};
pub use receipts::ReceiptHabits;
pub use webhook::RetryHabits;

use crate::faults::{Rule, Trigger};
use crate::http::{Method, Reply, Request, Server, Service};
use crate::journal::Journal;
use customer::Writer;
use world::World;

/// A running simulated WhatsApp; it stops when this is dropped.
pub struct WhatsAppSim {
    world: Arc<World>,
    server: Server,
}

impl WhatsAppSim {
    /// Starts one.
    ///
    /// # Errors
    /// When the address cannot be bound or an instance's webhook address cannot be used.
    pub async fn start(options: WhatsAppOptions) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen)
            .await
            .map_err(|error| anyhow::anyhow!("cannot listen on {}: {error}", options.listen))?;
        let world = Arc::new(World::new(options, format!("http://{}", listener.local_addr()?)));
        for spec in world.options.instances.clone() {
            world.add_instance(spec).map_err(anyhow::Error::msg)?;
        }
        let server = Server::serve(listener, Arc::new(Routes(world.clone())))?;
        Ok(Self { world, server })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Its base address.
    pub fn url(&self) -> String {
        self.world.server_url.to_string()
    }

    /// Its own truth.
    pub fn journal(&self) -> &Journal<Entry> {
        &self.world.journal
    }

    /// Totals since the start.
    pub fn totals(&self) -> Totals {
        self.world.counts.totals()
    }

    /// Adds an instance, or replaces the one of that name.
    ///
    /// # Errors
    /// When its webhook address cannot be used.
    pub fn add_instance(&self, spec: InstanceSpec) -> anyhow::Result<()> {
        self.world.add_instance(spec).map_err(anyhow::Error::msg)
    }

    /// A customer writes; the webhook is told in the background. Returns the provider's message id.
    ///
    /// # Errors
    /// When the phone is none, the text is empty, or the instance is not clear.
    pub fn customer_writes(&self, phone: &str, message: PhoneMessage) -> anyhow::Result<String> {
        self.writes(phone, Writer::Customer, message)
    }

    /// Somebody of the business types on the phone, which takes the conversation over.
    ///
    /// # Errors
    /// As [`WhatsAppSim::customer_writes`].
    pub fn staff_writes(&self, phone: &str, message: PhoneMessage) -> anyhow::Result<String> {
        self.writes(phone, Writer::Staff, message)
    }

    fn writes(&self, phone: &str, writer: Writer, message: PhoneMessage) -> anyhow::Result<String> {
        let written = customer::write(&self.world, phone, writer, message).map_err(anyhow::Error::msg)?;
        let id = written.id.clone();
        self.world.spawn(async move {
            written.tell().await;
        });
        Ok(id)
    }

    /// As [`WhatsAppSim::customer_writes`], but waits for the webhook's first answer: its status, or `None`
    /// when there was none.
    ///
    /// # Errors
    /// As [`WhatsAppSim::customer_writes`].
    pub async fn customer_writes_and_waits(
        &self,
        phone: &str,
        message: PhoneMessage,
    ) -> anyhow::Result<Option<u16>> {
        let written =
            customer::write(&self.world, phone, Writer::Customer, message).map_err(anyhow::Error::msg)?;
        Ok(written.tell().await)
    }

    /// Puts a fault in force; the id removes it again.
    pub fn fault(&self, fault: impl Into<Fault>, trigger: Trigger) -> u64 {
        self.world.fault(fault.into(), trigger)
    }

    /// Removes one fault; false when there is none of that id.
    pub fn forgive(&self, id: u64) -> bool {
        self.world.forgive(Some(id))
    }

    /// Removes all faults; sessions that were closed open again.
    pub fn forgive_all(&self) {
        self.world.forgive(None);
    }

    /// The faults in force, with how often each one hit.
    pub fn faults(&self) -> Vec<Rule<Fault>> {
        self.world.faults.list()
    }

    /// Stops: connections are cut, pending webhook calls and receipts are dropped.
    pub fn stop(&self) {
        self.server.stop();
        self.world.stop();
    }
}

impl Drop for WhatsAppSim {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Routes(Arc<World>);

impl Service for Routes {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let world = &self.0;
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method(), segments.as_slice()) {
            (Method::Post, ["message", "sendText", name]) => {
                send_text::send_text(world, name, &request).await
            }
            (Method::Get, []) => lookup::root(world),
            (_, ["sim", rest @ ..]) => control::answer(world, rest, &request).await,
            (method, [group, verb, name]) => match lookup::guard(world, name, &request) {
                Err(refusal) => refusal,
                Ok(instance) => match (method, *group, *verb) {
                    (Method::Get, "instance", "connectionState") => lookup::connection_state(&instance),
                    (Method::Post, "chat", "findMessages") => lookup::find_messages(&instance, &request),
                    (Method::Post, "chat", "sendPresence") => lookup::send_presence(&request).await,
                    (Method::Post, "chat", "markMessageAsRead") => lookup::mark_as_read(),
                    _ => refusal::unknown_route(method.word(), request.path()),
                },
            },
            (method, _) => refusal::unknown_route(method.word(), request.path()),
        }
    }
}
