//! NATS and PostgreSQL of a development run: ours or given.

use std::fs;

use anyhow::Context as _;

use super::store_watch::StoreWatch;
use super::{Plan, services};
use crate::interrupt::Interrupt;
use crate::process::rotate;
use crate::say;
use crate::servers::DatabaseUrl;
use crate::servers::nats::{self, Nats};
use crate::servers::postgres::{self, Durability, Postgres};
use crate::supervisor::{Errand, Supervisor};
use crate::tools::{self, GRPCURL, NATS, POSTGRES, Tool, Toolbox};

/// The database of the services.
const DATABASE: &str = "frontdesk";

/// The servers, as the services reach them.
#[derive(Debug)]
pub struct Servers {
    nats_url: String,
    /// Ours; the URL of a database on it is known once the cluster is there.
    postgres: Option<(Postgres, Toolbox)>,
    given_database: Option<DatabaseUrl>,
}

impl Servers {
    /// Gets and starts what is ours to start. They come up while the workspace is built.
    pub fn start(
        plan: &Plan<'_>,
        interrupt: &Interrupt,
        supervisor: &mut Supervisor,
    ) -> anyhow::Result<Self> {
        let given = &plan.given;
        let ours: Vec<&Tool> = [(given.nats.is_none(), &NATS), (given.database.is_none(), &POSTGRES)]
            .into_iter()
            .filter_map(|(ours, tool)| ours.then_some(tool))
            .collect();
        let tools = tools::ensure(plan.checkout, interrupt, &ours)?;
        if let Err(error) = tools::ensure(plan.checkout, interrupt, &[&GRPCURL]) {
            interrupt.check()?;
            // Only the examples at the end use it.
            say::warn(format_args!("{error:#}"));
        }
        say::line("Starting the servers");
        let postgres = match &given.database {
            Some(url) => {
                say::line(format_args!("PostgreSQL is yours, at {url}"));
                None
            }
            None => Some((set_up_postgres(plan, &tools)?, tools.clone())),
        };
        let mut servers = Self { nats_url: String::new(), postgres, given_database: given.database.clone() };
        servers.nats_url = match &given.nats {
            Some(url) => {
                say::line("NATS is yours, as FRONTDESK_NATS_URL says");
                url.clone()
            }
            None => start_nats(plan, &tools, &servers.database_url()?, supervisor)?,
        };
        if let Some((postgres, _)) = &servers.postgres {
            let program = postgres::program(postgres, &plan.checkout.run());
            rotate(&program.log)?;
            supervisor.start(program)?;
        }
        Ok(servers)
    }

    /// Where clients find NATS.
    pub fn nats_url(&self) -> &str {
        &self.nats_url
    }

    /// Where clients find the database.
    pub fn database_url(&self) -> anyhow::Result<DatabaseUrl> {
        match (&self.postgres, &self.given_database) {
            (Some((postgres, _)), _) => postgres.url(DATABASE),
            (None, Some(url)) => Ok(url.clone()),
            (None, None) => anyhow::bail!("there is neither a PostgreSQL of ours nor one that was given"),
        }
    }

    /// Makes the database and brings schemas and streams up to date.
    pub fn migrate(&self, plan: &Plan<'_>, supervisor: &mut Supervisor) -> anyhow::Result<()> {
        if let Some((postgres, tools)) = &self.postgres {
            postgres.ensure_database(tools, DATABASE)?;
        }
        let log = plan.checkout.run().join("migrate.log");
        rotate(&log)?;
        let migrate = services::migrate(plan, &self.nats_url, &self.database_url()?)?;
        supervisor.run_quietly("`frontdesk migrate`", &migrate, &log)
    }
}

/// Makes the cluster, so that its address is known before it runs.
fn set_up_postgres(plan: &Plan<'_>, tools: &Toolbox) -> anyhow::Result<Postgres> {
    let home = plan.checkout.state().join("postgres");
    let postgres = Postgres::locate(tools, &home, plan.ports.postgres, Durability::Full)?;
    if plan.options.reset {
        postgres.erase()?;
    }
    postgres.prepare()?;
    Ok(postgres)
}

fn start_nats(
    plan: &Plan<'_>,
    tools: &Toolbox,
    database: &DatabaseUrl,
    supervisor: &mut Supervisor,
) -> anyhow::Result<String> {
    let (store, folder) = (plan.checkout.state().join("nats"), plan.checkout.run());
    if plan.options.reset && store.exists() {
        fs::remove_dir_all(&store).with_context(|| format!("cannot delete {}", store.display()))?;
    }
    let nats = Nats {
        port: plan.ports.nats,
        monitor: plan.ports.nats_monitor,
        store: store.clone(),
        config: folder.join("nats.conf"),
    };
    let mut watch = StoreWatch::new(&store, nats.monitor);
    // A store that was lost comes back empty. Setting up the streams costs nothing when they are there.
    let streams = Errand {
        name: "setting up the streams again",
        launch: services::migrate(plan, &nats.url(), database)?,
        log: folder.join("migrate.log"),
    };
    let program = nats::program(&nats, tools, &folder).lost(move || watch.look()).when_back(streams);
    rotate(&program.log)?;
    supervisor.start(program)?;
    Ok(nats.url())
}
