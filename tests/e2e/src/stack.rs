use std::time::Duration;

use anyhow::Context;
use bus::Bus;
use simulators::{
    model::{ModelOptions, ModelSim},
    whatsapp::{
        Entry, InstanceSpec, NumberSpec, PhoneMessage, SenderSpec, TemplateSpec, WhatsAppOptions, WhatsAppSim,
    },
};
use sqlx::PgPool;
use tempfile::TempDir;
use testkit::{Database, Nats, PrivatePostgres, Proxy};

use crate::{Doors, INSTANCE, META_NUMBER, Program, TWILIO_ACCOUNT, Whose, bootstrap};

const API_KEY: &str = "e2e-api-key";
const WEBHOOK_TOKEN: &str = "e2e-webhook-token";
const ADMIN_TOKEN: &str = "e2e-admin";

/// The database under a stack.
#[derive(Debug)]
pub enum Servers {
    /// A database of its own on the server all tests share.
    Shared(Database),
    /// A server of its own, which the test may kill.
    Private(PrivatePostgres),
    /// As `Shared`, seen by the program through a line that fails on demand.
    Line(Database, Proxy),
}

impl Servers {
    /// The address, for a user who may do everything.
    fn url(&self) -> &str {
        match self {
            Self::Shared(database) | Self::Line(database, _) => database.url(),
            Self::Private(postgres) => postgres.url(),
        }
    }

    /// Where the program finds it.
    fn seen_at(&self) -> anyhow::Result<String> {
        Ok(match self {
            Self::Line(database, line) => database.settings_through(line.addr())?.url.expose().to_owned(),
            Self::Shared(_) | Self::Private(_) => self.url().to_owned(),
        })
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
    /// Where the program's doors are.
    pub doors: Doors,
    /// The operator's token.
    pub token: &'static str,
    /// The admin's token.
    pub admin_token: &'static str,
    folder: TempDir,
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
        let mut stack = Self::prepared(postgres, more).await?;
        stack.program.start().await?;
        Ok(stack)
    }

    /// A running stack whose clinic writes through Meta, where its reminder has a template.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn at_meta() -> anyhow::Result<Self> {
        let postgres = Servers::Shared(Database::fresh(&[]).await?);
        let mut stack = Self::prepared_at(Whose::Meta, postgres, &[]).await?;
        stack.program.start().await?;
        Ok(stack)
    }

    /// A stack whose database and streams are in shape, and whose program has not started yet.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn prepared(postgres: Servers, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::prepared_at(Whose::Evolution, postgres, more).await
    }

    /// A running stack at any provider, whose tricks follow a seed.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn seeded(
        whose: Whose,
        postgres: Servers,
        more: &[(&str, &str)],
        seed: u64,
    ) -> anyhow::Result<Self> {
        let mut stack = Self::prepared_by(whose, postgres, more, seed).await?;
        stack.program.start().await?;
        Ok(stack)
    }

    async fn prepared_at(whose: Whose, postgres: Servers, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::prepared_by(whose, postgres, more, WhatsAppOptions::default().seed).await
    }

    async fn prepared_by(
        whose: Whose,
        postgres: Servers,
        more: &[(&str, &str)],
        seed: u64,
    ) -> anyhow::Result<Self> {
        testkit::install_tls();
        let nats = Nats::start().await?;
        let folder = tempfile::tempdir()?;
        let doors = Doors::free()?;
        let whatsapp = WhatsAppSim::start(WhatsAppOptions { seed, ..simulated(whose, &doors) }).await?;
        let model = ModelSim::start(ModelOptions::default()).await?;
        let file = folder.path().join("bootstrap.toml");
        std::fs::write(&file, bootstrap(whose, &whatsapp.url()))?;

        let mut environment = vec![
            ("E2E_API_KEY".to_owned(), API_KEY.to_owned()),
            ("E2E_WEBHOOK_TOKEN".to_owned(), WEBHOOK_TOKEN.to_owned()),
            // The server's own, with which instances can be made.
            ("EVOLUTION_API_KEY".to_owned(), WhatsAppOptions::default().evolution_key),
            ("META_ACCESS_TOKEN".to_owned(), "e2e-meta".to_owned()),
            ("META_APP_SECRET".to_owned(), "e2e-app".to_owned()),
            ("TWILIO_AUTH_TOKEN".to_owned(), "e2e-twilio".to_owned()),
        ];
        let mut set = |key: &str, value: String| environment.push((format!("FRONTDESK_{key}"), value));
        set("DATABASE__URL", postgres.seen_at()?);
        set("DATABASE__MAX_CONNECTIONS", "4".into());
        set("NATS__URL", nats.url());
        set("BOOTSTRAP__FILE", file.to_string_lossy().into_owned());
        set("AUTH__VIEWER_TOKEN", "e2e-viewer".into());
        set("AUTH__OPERATOR_TOKEN", "e2e-operator".into());
        set("AUTH__ADMIN_TOKEN", ADMIN_TOKEN.into());
        for service in ["INGEST", "CONVERSATION", "DELIVERY"] {
            set(&format!("{service}__PUBLIC_URL"), format!("http://{}", doors.webhooks));
        }
        let secrets = folder.path().join("secrets");
        std::fs::create_dir(&secrets)?;
        set("CONVERSATION__SECRETS_FOLDER", secrets.to_string_lossy().into_owned());
        set("AUTH__SERVICE_TOKEN", "e2e-service".into());
        set("SCHEDULER__SLOT_SIGNING_KEY", "e2e-slot-signing-key-of-32-characters".into());
        set("CONVERSATION__MODEL_URL", model.url());
        set("MEDIA__FOLDER", folder.path().join("media").to_string_lossy().into_owned());
        set("MEDIA__LINK_SIGNING_KEY", "e2e-link-signing-key-of-32-characters".into());
        set("CONVERSATION__QUIET", "50ms".into());
        set("DELIVERY__LISTED_BY", "8s".into());
        for (key, value) in more {
            set(key, (*value).to_owned());
        }
        let program = Program::new(environment, &doors, folder.path().join("frontdesk.log"));
        program.migrate().await?;
        let (token, admin_token) = ("e2e-operator", ADMIN_TOKEN);
        Ok(Self { program, whatsapp, model, nats, postgres, doors, token, admin_token, folder })
    }

    /// Adds to the declared tenant's channels. `secrets` are kept in files beside it, and each `{name}` in the declaration becomes
    /// a reference to one. Before the program starts.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn declare(&self, channels: &str, secrets: &[(&str, &str)]) -> anyhow::Result<()> {
        let mut channels = channels.to_owned();
        for (name, value) in secrets {
            let path = self.folder.path().join(name);
            std::fs::write(&path, value)?;
            channels = channels.replace(&format!("{{{name}}}"), &format!("file:{}", path.display()));
        }
        let file = self.folder.path().join("bootstrap.toml");
        std::fs::write(&file, std::fs::read_to_string(&file)? + &channels)?;
        Ok(())
    }

    /// A second process on the same servers, with doors of its own. It has not started yet.
    ///
    /// # Errors
    /// When no port is free.
    pub fn another(&self) -> anyhow::Result<Program> {
        Ok(self.program.beside(&Doors::free()?, self.folder.path().join("another.log")))
    }

    /// A connection of an admin to a service, for a generated client.
    ///
    /// # Errors
    /// When the address is none.
    pub fn admin(&self, service: &'static str) -> anyhow::Result<rpc::Client> {
        Ok(rpc::connect(
            &format!("http://{}", self.doors.grpc[service]),
            &settings::Secret::from(ADMIN_TOKEN),
        )?)
    }

    /// A way to call a service with the token of a role: viewer, operator, admin or service.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn grpc(&self, service: &str, role: &str) -> anyhow::Result<rpc::Client> {
        let token = format!("e2e-{role}").as_str().into();
        Ok(rpc::connect(&format!("http://{}", self.doors.grpc[service]), &token)?)
    }

    /// A pool with the rights and limits of a service.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn pool(&self, service: &'static str) -> anyhow::Result<PgPool> {
        let database = settings::Database { url: self.postgres.url().into(), max_connections: 8 };
        Ok(postgres::connect(&database, service, "test").await?)
    }

    /// A connection to the broker.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn bus(&self) -> anyhow::Result<Bus> {
        Ok(Bus::connect(&self.nats.settings(), "test").await?)
    }

    /// A pool that may look into every schema.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn rows(&self) -> anyhow::Result<PgPool> {
        Ok(PgPool::connect(self.postgres.url()).await?)
    }

    /// What time it is, in unix seconds.
    ///
    /// # Errors
    /// When the database does not say.
    pub async fn now(&self) -> anyhow::Result<i64> {
        let now = sqlx::query_scalar("select extract(epoch from clock_timestamp())::bigint");
        Ok(now.fetch_one(&self.rows().await?).await?)
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

    /// Waits until a query that counts gives this number.
    ///
    /// # Errors
    /// With the number it gives instead, and the end of the log, when it takes longer than `patience`.
    pub async fn counts(
        &self,
        number: i64,
        what: &str,
        sql: &'static str,
        patience: Duration,
    ) -> anyhow::Result<()> {
        let rows = self.rows().await?;
        let count = || async { sqlx::query_scalar::<_, i64>(sql).fetch_one(&rows).await };
        let reached = async || (count().await.ok()? == number).then_some(());
        match testkit::eventually(patience, what, reached).await {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(format!(
                "it is {:?}; the end of the log:\n{}",
                count().await,
                self.program.log_tail()
            ))),
        }
    }

    /// Waits until nothing that came in or is to go out is left to do.
    ///
    /// # Errors
    /// When it takes longer than `patience`.
    pub async fn is_done(&self, patience: Duration) -> anyhow::Result<()> {
        const UNDONE: &str = "select (select count(*) from conversation.item where state = 'undone')
            + (select count(*) from delivery.message where state in ('queued', 'intended', 'unknown'))";
        self.counts(0, "all work is done", UNDONE, patience).await
    }
}

/// The WhatsApp the clinic has, with its account.
fn simulated(whose: Whose, doors: &Doors) -> WhatsAppOptions {
    let webhook_url = |path: &str| format!("http://{}/webhooks/{path}", doors.webhooks);
    match whose {
        Whose::Evolution => {
            let url = webhook_url(&format!("evolution/{INSTANCE}"));
            let mut instance = InstanceSpec::new(INSTANCE, API_KEY, url, WEBHOOK_TOKEN);
            "447700900100".clone_into(&mut instance.own_number);
            WhatsAppOptions::quick().instance(instance)
        }
        Whose::Meta => {
            let url = webhook_url("meta");
            let number = NumberSpec::new(META_NUMBER, API_KEY, url, WEBHOOK_TOKEN, WEBHOOK_TOKEN);
            let body = "Hi {{1}}, your visit is on {{2}}. Reply CANCEL to cancel.";
            let reminder = TemplateSpec::new("appointment_reminder", "en_GB", body);
            WhatsAppOptions::quick().account(number).template(reminder.with_buttons(&["Confirm", "Cancel"]))
        }
        Whose::Twilio => {
            let url = webhook_url(&format!("twilio/{INSTANCE}#rc=5&rp=all"));
            WhatsAppOptions::quick().account(SenderSpec::new(TWILIO_ACCOUNT, API_KEY, url))
        }
    }
}
