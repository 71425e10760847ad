//! The simulated WhatsApp, and the customers on it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use simulators::delay::Delay;
use simulators::faults::Trigger;
use simulators::whatsapp::{
    AccountSpec, Fault, FaultKind, InstanceSpec, PhoneMessage, ReceiptHabits, SendHook, Totals,
    WhatsAppOptions, WhatsAppSim,
};

use crate::customers::Customers;

/// How the provider and its customers are.
#[derive(Debug, Clone)]
pub struct WorldOptions {
    /// One per channel.
    pub instances: Vec<InstanceSpec>,
    /// What customers write.
    pub text: String,
    /// How long a send takes to be answered.
    pub answer: Delay,
    /// The receipts of each message.
    pub receipts: ReceiptHabits,
    /// Each send is reported back as well.
    pub echo: bool,
}

/// Everything outside the product. It lives in this process, so that what it sees is timed by the same clock.
pub struct World {
    sim: WhatsAppSim,
    text: String,
    receipts: usize,
    /// Names of the instances.
    channels: Vec<String>,
    /// Who wrote.
    pub customers: Arc<Customers>,
}

impl World {
    /// Starts the provider on any free port.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(options: WorldOptions) -> anyhow::Result<Arc<Self>> {
        let customers = Arc::new(Customers::default());
        let seen = customers.clone();
        let channels = options.instances.iter().map(|instance| instance.name.clone()).collect();
        let (receipts, text) = (options.receipts.0.len(), options.text);
        let sim = WhatsAppSim::start(WhatsAppOptions {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            accounts: options.instances.into_iter().map(AccountSpec::Evolution).collect(),
            receipts: options.receipts,
            answer: options.answer,
            // Nobody reads a journal here, and keeping it would cost.
            journal: 0,
            on_send: Some(SendHook(Arc::new(move |send| seen.is_answered(send.number, Instant::now())))),
            ..WhatsAppOptions::default()
        })
        .await?;
        if !options.echo {
            sim.fault(Fault::from(FaultKind::EchoMissing {}), Trigger::ALWAYS);
        }
        Ok(Arc::new(Self { sim, text, receipts, channels, customers }))
    }

    /// Where sends go.
    pub fn url(&self) -> String {
        self.sim.url()
    }

    /// Lets an instance report to a webhook that was not known when it started.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn put_instance(&self, instance: InstanceSpec) -> anyhow::Result<()> {
        self.sim.add_instance(instance)
    }

    /// A customer writes, and the webhook is called. Returns when it answered.
    ///
    /// # Errors
    /// When the simulator has no such instance.
    pub async fn writes(&self, index: usize) -> anyhow::Result<()> {
        let instance = self.channels.get(index % self.channels.len().max(1)).cloned();
        let message = PhoneMessage { instance, ..PhoneMessage::text(self.text.as_str()) };
        self.customers.sends(index, Instant::now());
        let status = self.sim.customer_writes_and_waits(&Customers::phone(index), message).await?;
        if status.is_some_and(|status| (200..300).contains(&status)) {
            self.customers.is_accepted(index, Instant::now());
        }
        Ok(())
    }

    /// From now on nothing is reported of what is sent; what it returns brings the receipts back.
    pub fn without_receipts(&self) -> u64 {
        self.sim.fault(Fault::from(FaultKind::ReceiptsMissing { only: None }), Trigger::ALWAYS)
    }

    /// Messages get their receipts again.
    pub fn with_receipts(&self, without: u64) {
        let _known = self.sim.forgive(without);
    }

    /// The simulator's own counts.
    pub fn totals(&self) -> Totals {
        self.sim.totals()
    }

    /// Loops whose last receipt was taken by the webhook.
    pub fn loops(&self) -> u64 {
        let totals = self.totals();
        match self.receipts {
            0 => totals.sends,
            1 => totals.receipts_sent,
            2 => totals.receipts_delivered,
            _ => totals.receipts_read,
        }
    }
}
