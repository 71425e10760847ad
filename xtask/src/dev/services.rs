//! The five services in one process, and how it is configured for development.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::{Plan, Servers, addresses};
use crate::ports::SERVICES;
use crate::process::{Launch, Signal, rotate};
use crate::servers::{self, DatabaseUrl, http};
use crate::supervisor::{Program, Stop, Supervisor};

/// What it is called.
pub const NAME: &str = "Frontdesk";
/// Under which name its log and pid file are kept.
pub const FILES: &str = "frontdesk";
/// It finishes what is under way, for which it takes up to 25 s.
pub const STOP: Stop = Stop { signal: Signal::Terminate, grace: Duration::from_secs(30) };

/// Starts them.
pub fn start(plan: &Plan<'_>, servers: &Servers, supervisor: &mut Supervisor) -> anyhow::Result<()> {
    let folder = plan.checkout.run();
    let launch = frontdesk(plan, servers.nats_url(), &servers.database_url()?)?.args(["serve"]);
    let (log, pid_file) = (servers::log(&folder, FILES), servers::pid_file(&folder, FILES));
    rotate(&log)?;
    let admin = plan.ports.admin;
    let ready = move || SERVICES.iter().zip(admin..).all(|(_, port)| http::ok(port, "/readyz"));
    supervisor.start(Program::new(NAME, launch, log, pid_file, STOP).ready(ready))
}

/// The command that brings schemas and streams up to date.
pub fn migrate(plan: &Plan<'_>, nats_url: &str, database_url: &DatabaseUrl) -> anyhow::Result<Launch> {
    Ok(frontdesk(plan, nats_url, database_url)?.args(["migrate"]))
}

/// The program with its configuration. What the person set in the environment wins.
fn frontdesk(plan: &Plan<'_>, nats_url: &str, database_url: &DatabaseUrl) -> anyhow::Result<Launch> {
    let program = plan.checkout.built("frontdesk", plan.options.profile)?;
    let mut settings: Vec<(String, String)> = vec![
        ("FRONTDESK_DATABASE__URL".to_owned(), database_url.expose().to_owned()),
        ("FRONTDESK_NATS__URL".to_owned(), nats_url.to_owned()),
        ("FRONTDESK_BOOTSTRAP__FILE".to_owned(), bootstrap(plan)?.to_string_lossy().into_owned()),
        ("FRONTDESK_CONVERSATION__MODEL_URL".to_owned(), model_url(plan)),
    ];
    let media = plan.checkout.run().join("media");
    settings.push(("FRONTDESK_MEDIA__FOLDER".to_owned(), media.to_string_lossy().into_owned()));
    if plan.given.model_is_simulated() {
        // The simulated model also hears what simulated customers say.
        settings.push(("FRONTDESK_TRANSCRIPTION__URL".to_owned(), model_url(plan)));
    }
    if plan.given.whatsapp_is_simulated() {
        // The simulator lists what it took at once; a real Evolution server may take a minute.
        settings.push(("FRONTDESK_DELIVERY__LISTED_BY".to_owned(), "8s".to_owned()));
    }
    for service in SERVICES {
        let defaults = plan.checkout.root().join("services").join(service).join("defaults.toml");
        let text =
            fs::read_to_string(&defaults).with_context(|| format!("cannot read {}", defaults.display()))?;
        settings.extend(addresses::moved(&text, &plan.ports));
    }
    settings.extend(plan.secrets.variables().map(|(name, value)| (name.to_owned(), value.to_owned())));
    settings.retain(|(name, _)| std::env::var_os(name).is_none());
    Ok(without_ours(Launch::new(program)).envs(settings).directory(plan.checkout.root()))
}

/// Variables that steer this task mean nothing to the services.
fn without_ours(launch: Launch) -> Launch {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("FRONTDESK_") && !name.contains("__")
        })
        .fold(launch, Launch::without)
}

fn model_url(plan: &Plan<'_>) -> String {
    plan.given.model.clone().unwrap_or_else(|| format!("http://127.0.0.1:{}/v1", plan.ports.model))
}

/// The demo's tenant, or theirs.
fn bootstrap(plan: &Plan<'_>) -> anyhow::Result<PathBuf> {
    match &plan.given.bootstrap {
        Some(theirs) => Ok(PathBuf::from(theirs)),
        None => plan.demo.file_for(&plan.ports, &plan.checkout.run()),
    }
}
