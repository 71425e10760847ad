//! The simulated WhatsApp and the simulated model.

use std::time::Duration;

use super::Plan;
use super::secrets::{EVOLUTION_API_KEY, EVOLUTION_WEBHOOK_TOKEN};
use crate::process::{Launch, Signal, rotate};
use crate::servers::{self, http};
use crate::supervisor::{Program, Stop, Supervisor};

/// What they are called.
pub const WHATSAPP: &str = "WhatsApp simulator";
/// See [`WHATSAPP`].
pub const MODEL: &str = "Model simulator";
/// Under which names their logs and pid files are kept.
pub const WHATSAPP_FILES: &str = "whatsapp-sim";
/// See [`WHATSAPP_FILES`].
pub const MODEL_FILES: &str = "model-sim";
/// They have nothing to finish.
pub const STOP: Stop = Stop { signal: Signal::Terminate, grace: Duration::from_secs(5) };

/// Starts those that stand for something the person did not bring.
pub fn start(plan: &Plan<'_>, supervisor: &mut Supervisor) -> anyhow::Result<()> {
    let ports = &plan.ports;
    if plan.given.whatsapp_is_simulated() {
        let launch = program(plan, "whatsapp-sim")?
            .args(["--listen", &format!("127.0.0.1:{}", ports.whatsapp)])
            // A real server tries a refused webhook again only after 5 s; here a restart should not cost that much.
            .args(["--retry-factor", "0.2"])
            .args(["--instance", &instance(plan)?]);
        begin(plan, supervisor, WHATSAPP, WHATSAPP_FILES, launch, ports.whatsapp)?;
    }
    if plan.given.model_is_simulated() {
        let launch = program(plan, "model-sim")?.args(["--listen", &format!("127.0.0.1:{}", ports.model)]);
        begin(plan, supervisor, MODEL, MODEL_FILES, launch, ports.model)?;
    }
    Ok(())
}

/// The demo's instance with its keys, and where it reports what happens.
fn instance(plan: &Plan<'_>) -> anyhow::Result<String> {
    let (name, channel) = (plan.demo.instance()?, plan.demo.channel()?);
    let (key, token) = (plan.secrets.get(EVOLUTION_API_KEY), plan.secrets.get(EVOLUTION_WEBHOOK_TOKEN));
    let webhook = format!("http://127.0.0.1:{}/webhooks/evolution/{channel}", plan.ports.http);
    Ok(format!("{name},{key},{webhook},{token}"))
}

fn program(plan: &Plan<'_>, name: &str) -> anyhow::Result<Launch> {
    Ok(Launch::new(plan.checkout.built(name, plan.options.profile)?))
}

fn begin(
    plan: &Plan<'_>,
    supervisor: &mut Supervisor,
    name: &'static str,
    files: &str,
    launch: Launch,
    port: u16,
) -> anyhow::Result<()> {
    let folder = plan.checkout.run();
    let (log, pid_file) = (servers::log(&folder, files), servers::pid_file(&folder, files));
    rotate(&log)?;
    // Any answer will do: that it listens is what matters.
    let ready = move || http::get(port, "/").is_some();
    supervisor.start(Program::new(name, launch, log, pid_file, STOP).ready(ready))
}
