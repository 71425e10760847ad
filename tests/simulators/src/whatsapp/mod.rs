//! whatsapp-sim: a WhatsApp, and the providers through whom businesses reach it.
//!
//! An Evolution API server (2.3.7), Meta's Cloud API and Twilio's Programmable Messaging on one address: their
//! paths do not meet. Each accepts sends, calls the product's webhook with their receipts and with what customers
//! write, and has its own shapes, signatures, limits and habits. All of them are controlled alike, keep their own
//! truth in one journal, and break on demand.

mod accepted;
mod accounts;
mod control;
mod counts;
mod customer;
mod entry;
mod evolution;
mod fault;
mod files;
mod ledger;
mod limits;
mod meta;
mod options;
mod receipts;
mod retry;
mod sign;
mod templates;
mod twilio;
mod window;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

pub use accounts::{AccountSpec, Provider};
pub use counts::Totals;
pub use customer::{PhoneMessage, Tap, TapOn};
pub use entry::{Entry, ReceiptStatus};
pub use evolution::InstanceSpec;
pub use fault::{ClosedAnswer, Fault, FaultKind};
pub(crate) use files::SPOKEN;
pub use files::{FileKind, PhoneFile};
pub use limits::Limits;
pub use meta::NumberSpec;
pub use options::{SendHook, SendSeen, WhatsAppOptions};
pub use receipts::ReceiptHabits;
pub use retry::RetryHabits;
pub use templates::{TemplateSpec, TemplateStatus};
pub use twilio::SenderSpec;

use crate::faults::{Rule, Trigger};
use crate::http::{Reply, Request, Server, Service};
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
    /// When the address cannot be bound or an account's webhook address cannot be used.
    pub async fn start(options: WhatsAppOptions) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen)
            .await
            .map_err(|error| anyhow::anyhow!("cannot listen on {}: {error}", options.listen))?;
        let world = Arc::new(World::new(options, format!("http://{}", listener.local_addr()?)));
        for spec in world.options.accounts.clone() {
            world.add_account(spec).map_err(anyhow::Error::msg)?;
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
        &self.world.ledger.journal
    }

    /// Totals since the start.
    pub fn totals(&self) -> Totals {
        self.world.ledger.counts.totals()
    }

    /// Adds an instance of Evolution, or replaces the account of that name.
    ///
    /// # Errors
    /// When its webhook address cannot be used.
    pub fn add_instance(&self, spec: InstanceSpec) -> anyhow::Result<()> {
        self.add_account(spec)
    }

    /// Adds an account of any provider, or replaces the one of that name.
    ///
    /// # Errors
    /// When its webhook address cannot be used.
    pub fn add_account(&self, spec: impl Into<AccountSpec>) -> anyhow::Result<()> {
        self.world.add_account(spec.into()).map_err(anyhow::Error::msg)
    }

    /// Adds a template, or replaces the one of that name and language.
    pub fn put_template(&self, template: TemplateSpec) {
        self.world.put_template(template);
    }

    /// The template of that name, in the language it was first put in.
    pub fn template(&self, name: &str) -> Option<TemplateSpec> {
        self.world.templates().into_iter().find(|template| template.name == name)
    }

    /// Meta asks the webhook of a number whether it is the business's own. True when it answered as it must.
    ///
    /// # Errors
    /// When there is no such number of Meta, or it has no webhook.
    pub async fn handshake(&self, phone_number_id: &str) -> anyhow::Result<bool> {
        let done = meta::handshake(&self.world, phone_number_id).await.map_err(anyhow::Error::msg)?;
        Ok(done.verified)
    }

    /// Somebody scans the code that an instance of Evolution shows. False when it shows none.
    pub fn scan(&self, instance: &str) -> bool {
        evolution::scan(&self.world, instance)
    }

    /// A customer writes; the webhook is told in the background. Returns the provider's message id.
    ///
    /// # Errors
    /// When the phone is none, the text is empty, or the account is not clear.
    pub fn customer_writes(&self, phone: &str, message: PhoneMessage) -> anyhow::Result<String> {
        self.writes(phone, Writer::Customer, message)
    }

    /// Somebody of the business types on the phone, which takes the conversation over.
    ///
    /// # Errors
    /// As [`WhatsAppSim::customer_writes`], and with Twilio, whose numbers are on no phone.
    pub fn staff_writes(&self, phone: &str, message: PhoneMessage) -> anyhow::Result<String> {
        self.writes(phone, Writer::Staff, message)
    }

    fn writes(&self, phone: &str, writer: Writer, message: PhoneMessage) -> anyhow::Result<String> {
        let written = customer::write(&self.world, phone, writer, message).map_err(anyhow::Error::msg)?;
        let id = written.id.clone();
        self.world.spawn(async move {
            written.telling.await;
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
        Ok(written.telling.await)
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
        match segments.as_slice() {
            ["sim", rest @ ..] => control::answer(world, rest, &request).await,
            ["whatsapp_business", "attachments"] => meta::download(world, &request),
            ["twilio-media", token] => twilio::signed(world, token, &request),
            ["2010-04-01", rest @ ..] => twilio::answer(world, rest, &request).await,
            ["v1", "ContentAndApprovals"] => twilio::contents(world, &request),
            ["v2", "Channels", "Senders", rest @ ..] => twilio::senders(world, rest, &request),
            [version, rest @ ..] if meta::is_version(version) => meta::answer(world, rest, &request).await,
            rest => evolution::answer(world, rest, &request).await,
        }
    }
}
