use std::{collections::HashMap, time::Duration};

use anyhow::Context;
use simulators::{
    model::{ModelOptions, ModelSim},
    whatsapp::{Entry, InstanceSpec, PhoneMessage, WhatsAppOptions, WhatsAppSim},
};
use sqlx::PgPool;
use tempfile::TempDir;
use testkit::{Database, Nats, PrivatePostgres};

use crate::{INSTANCE, Program, bootstrap};

const API_KEY: &str = "e2e-api-key";
const WEBHOOK_TOKEN: &str = "e2e-webhook-token";
const SERVICES: [&str; 5] = ["ingest", "conversation", "delivery", "scheduler", "alerting"];

/// The database under a stack.
#[derive(Debug)]
pub enum Servers {
    /// A database of its own on the server all tests share.
    Shared(Database),
    /// A server of its own, which the test may kill.
    Private(PrivatePostgres),
}

impl Servers {
    fn url(&self) -> &str {
        match self {
            Self::Shared(database) => database.url(),
            Self::Private(postgres) => postgres.url(),
        }
    }
}

/// Everything: servers, simulators, the program.
pub struct Stack {
    /// The program.
    pub program: Program,
    /// WhatsApp.
    pub whatsapp: WhatsAppSim,
    /// The model.
    pub model: ModelSim,
    /// The broker.
    pub nats: Nats,
    /// The database.
    pub postgres: Servers,
    /// gRPC address by service.
    pub grpc: HashMap<&'static str, String>,
    /// The operator's token.
    pub token: &'static str,
    _folder: TempDir,
}

impl Stack {
    /// A running stack on the shared PostgreSQL.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(Servers::Shared(Database::fresh(&[]).await?), &[]).await
    }

    /// A running stack with a PostgreSQL of its own.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn private() -> anyhow::Result<Self> {
        Self::with(Servers::Private(PrivatePostgres::start().await?), &[]).await
    }

    /// A running stack with settings of one's own.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn with(postgres: Servers, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        testkit::install_tls();
        let nats = Nats::start().await?;
        let folder = tempfile::tempdir()?;
        let port = || Ok::<_, anyhow::Error>(format!("127.0.0.1:{}", testkit::free_port()?));
        let webhooks = port()?;
        let webhook_url = format!("http://{webhooks}/webhooks/evolution/{INSTANCE}");
        let mut instance = InstanceSpec::new(INSTANCE, API_KEY, webhook_url, WEBHOOK_TOKEN);
        "447700900100".clone_into(&mut instance.own_number);
        let whatsapp = WhatsAppSim::start(WhatsAppOptions::quick().instance(instance)).await?;
        let model = ModelSim::start(ModelOptions::default()).await?;
        let file = folder.path().join("bootstrap.toml");
        std::fs::write(&file, bootstrap(&whatsapp.url()))?;

        let mut environment = vec![
            ("E2E_API_KEY".to_owned(), API_KEY.to_owned()),
            ("E2E_WEBHOOK_TOKEN".to_owned(), WEBHOOK_TOKEN.to_owned()),
        ];
        let mut set = |key: &str, value: String| environment.push((format!("FRONTDESK_{key}"), value));
        set("DATABASE__URL", postgres.url().to_owned());
        set("DATABASE__MAX_CONNECTIONS", "4".into());
        set("NATS__URL", nats.url());
        set("BOOTSTRAP__FILE", file.to_string_lossy().into_owned());
        set("AUTH__OPERATOR_TOKEN", "e2e-operator".into());
        set("AUTH__SERVICE_TOKEN", "e2e-service".into());
        set("SCHEDULER__SLOT_SIGNING_KEY", "e2e-slot-signing-key-of-32-characters".into());
        set("CONVERSATION__MODEL_URL", model.url());
        set("CONVERSATION__QUIET", "50ms".into());
        set("DELIVERY__LISTED_BY", "8s".into());
        set("INGEST__HTTP", webhooks);
        let mut grpc = HashMap::new();
        let mut admin = Vec::new();
        for service in SERVICES {
            let (door, probes) = (port()?, port()?);
            set(&format!("{}__GRPC", service.to_uppercase()), door.clone());
            set(&format!("{}__ADMIN", service.to_uppercase()), probes.clone());
            grpc.insert(service, door);
            admin.push((service, probes));
        }
        let door =
            |service: &str| grpc.get(service).map(|addr| format!("http://{addr}")).context("no such service");
        set("CONVERSATION__SCHEDULER", door("scheduler")?);
        set("ALERTING__CONVERSATION", door("conversation")?);
        set("ALERTING__DELIVERY", door("delivery")?);
        for (key, value) in more {
            set(key, (*value).to_owned());
        }
        let mut program = Program::new(environment, admin, folder.path().join("frontdesk.log"));
        program.migrate().await?;
        program.start().await?;
        Ok(Self { program, whatsapp, model, nats, postgres, grpc, token: "e2e-operator", _folder: folder })
    }

    /// A pool that may look into every schema.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn rows(&self) -> anyhow::Result<PgPool> {
        Ok(PgPool::connect(self.postgres.url()).await?)
    }

    /// A customer writes.
    ///
    /// # Errors
    /// When the simulator refuses.
    pub fn customer(&self, phone: &str, text: &str) -> anyhow::Result<()> {
        self.whatsapp.customer_writes(phone, PhoneMessage::text(text)).map(drop)
    }

    /// What a customer has been sent, in order, by the provider's own account.
    #[must_use]
    pub fn sent_to(&self, phone: &str) -> Vec<String> {
        self.whatsapp
            .journal()
            .all()
            .into_iter()
            .filter_map(|noted| match noted.entry {
                Entry::Send { number, text, .. } if number == phone => Some(text),
                _ => None,
            })
            .collect()
    }

    /// Waits until a customer has been sent at least `n` messages.
    ///
    /// # Errors
    /// With the end of the log when it takes longer than `patience`.
    pub async fn hears(&self, phone: &str, n: usize, patience: Duration) -> anyhow::Result<Vec<String>> {
        let heard = || async { Some(self.sent_to(phone)).filter(|sent| sent.len() >= n) };
        testkit::eventually(patience, "the customer to hear from us", heard).await.with_context(|| {
            format!("heard {:?}; the end of the log:\n{}", self.sent_to(phone), self.program.log_tail())
        })
    }
}
