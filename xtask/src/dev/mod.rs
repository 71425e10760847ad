//! `cargo xtask dev`: everything on this machine, one conversation to watch, and then it stays up.

mod addresses;
mod demo;
mod given;
mod hints;
mod orphans;
mod play;
mod provider;
mod secrets;
mod servers;
mod services;
mod simulators;
mod store_watch;

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use self::demo::Demo;
use self::given::Given;
use self::play::Seen;
pub use self::provider::Provider;
use self::secrets::Secrets;
use self::servers::Servers;
use crate::checkout::{Checkout, Profile};
use crate::interrupt::{Interrupt, Interrupted};
use crate::ports::{self, Ports, Wanted};
use crate::process::Output;
use crate::supervisor::Supervisor;
use crate::{cargo, lock, say};

/// What `cargo xtask dev --help` says.
pub const HELP: &str = "\
cargo xtask dev [options]

Gets NATS and PostgreSQL, builds, migrates, starts the five services with a simulated WhatsApp and a simulated
model, plays one conversation, says what to try next, and stays up until Ctrl-C. Everything listens on loopback and
keeps its data, logs and tokens in .frontdesk of this checkout.

  --once             exit after the conversation; status 0 only if every step of it was seen
  --reset            start with empty data
  --provider NAME    whose WhatsApp the conversation goes through: evolution (unless said otherwise), meta or twilio;
                     the demo has a number with each, and all three are up
  --release          build with optimisations
  --port-offset N    add N to every port, for a second checkout beside the first

Environment:
  FRONTDESK_NATS_URL, FRONTDESK_DATABASE_URL    servers of your own; ours are then not started
  FRONTDESK_CONVERSATION__MODEL_URL             a real model; the model simulator is then not started
  FRONTDESK_BOOTSTRAP__FILE                     tenants and channels of your own instead of the demo's; the WhatsApp
                                                simulator is then not started
  FRONTDESK_DEV_PORT_OFFSET and FRONTDESK_DEV_{NATS,NATS_MONITOR,POSTGRES,HTTP,GRPC,ADMIN,WHATSAPP,MODEL}_PORT
                                                other ports (HTTP, GRPC and ADMIN are the first of five)
Any other FRONTDESK_<SECTION>__<KEY> reaches the services as it is.";

/// How long servers and services may take to be ready, on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Exit after the play.
    pub once: bool,
    /// Start with empty data.
    pub reset: bool,
    /// Through whom the conversation goes.
    pub provider: Provider,
    /// How to build.
    pub profile: Profile,
    /// Added to every port.
    pub port_offset: Option<u16>,
}

/// Everything that is decided before the first program starts.
#[derive(Debug)]
struct Plan<'a> {
    checkout: &'a Checkout,
    options: &'a Options,
    given: Given,
    ports: Ports,
    secrets: Secrets,
    demo: Demo,
}

/// Runs the task.
pub fn run(checkout: &Checkout, interrupt: &Interrupt, options: &Options) -> anyhow::Result<ExitCode> {
    let folder = checkout.run();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let _lock = lock::take(&folder.join("dev.lock"), "cargo xtask dev")?;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let demo = Demo::read(checkout)?;
    let given = Given::read(variable);
    let ports = Ports::plan(options.port_offset, variable)?;
    orphans::stop(&folder);
    ports::refuse_taken(&wanted(&ports, &given))?;
    let secrets = Secrets::keep(&folder, variable)?;
    let plan = Plan { checkout, options, given, ports, secrets, demo };

    let mut supervisor = Supervisor::new(interrupt, &folder);
    let outcome = perform(&plan, interrupt, &mut supervisor);
    if supervisor.has_programs() {
        say::line("Stopping");
        supervisor.stop(|name, took| say::line(format_args!("  {name} stopped ({})", say::duration(took))));
    }
    match outcome {
        Ok(Seen::EveryStep) => Ok(ExitCode::SUCCESS),
        Ok(Seen::NotAll | Seen::Nothing) => Ok(ExitCode::FAILURE),
        // Asked to stop while it was just staying up, or earlier: Ctrl-C is how this task ends.
        Err(error) if error.is::<Interrupted>() && !options.once => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error),
    }
}

fn perform(plan: &Plan<'_>, interrupt: &Interrupt, supervisor: &mut Supervisor) -> anyhow::Result<Seen> {
    let begun = Instant::now();
    let servers = Servers::start(plan, interrupt, supervisor)?;
    build(plan, supervisor)?;
    supervisor.wait_until_ready(PATIENCE)?;
    say::line("Bringing database and streams up to date");
    servers.migrate(plan, supervisor)?;
    say::line("Starting the services");
    simulators::start(plan, supervisor)?;
    services::start(plan, &servers, supervisor)?;
    supervisor.wait_until_ready(PATIENCE)?;
    let logs = plan.checkout.run();
    say::line(format_args!(
        "All five services are up after {}; logs are in {}",
        say::duration(begun.elapsed()),
        logs.display()
    ));
    let seen = play::watch(plan, supervisor)?;
    if !plan.options.once {
        hints::print(plan);
        supervisor.keep_running()?;
    }
    Ok(seen)
}

fn build(plan: &Plan<'_>, supervisor: &mut Supervisor) -> anyhow::Result<()> {
    if !plan.checkout.built("frontdesk", plan.options.profile)?.exists() {
        say::line("Building everything; the first time takes some minutes");
    }
    let status = supervisor.run(&cargo::build(plan.checkout, plan.options.profile), &Output::Terminal)?;
    anyhow::ensure!(status.success(), "the build failed; cargo's words are above");
    Ok(())
}

/// The ports that our own programs will listen on.
fn wanted(ports: &Ports, given: &Given) -> Vec<Wanted> {
    let mut wanted = ports.services();
    if given.nats.is_none() {
        wanted.push((ports.nats, "NATS".to_owned()));
        wanted.push((ports.nats_monitor, "NATS monitoring".to_owned()));
    }
    if given.database.is_none() {
        wanted.push((ports.postgres, "PostgreSQL".to_owned()));
    }
    if given.whatsapp_is_simulated() {
        wanted.push((ports.whatsapp, "the WhatsApp simulator".to_owned()));
    }
    if given.model_is_simulated() {
        wanted.push((ports.model, "the model simulator".to_owned()));
    }
    wanted.into_iter().map(|(port, what)| Wanted { port, what }).collect()
}
