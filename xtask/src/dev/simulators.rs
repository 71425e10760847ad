//! The simulated WhatsApp and the simulated model.

use std::time::Duration;

use super::Plan;
use super::provider::Provider;
use super::secrets::{
    EVOLUTION_API_KEY, EVOLUTION_WEBHOOK_TOKEN, META_ACCESS_TOKEN, META_APP_SECRET, META_VERIFY_TOKEN,
    TWILIO_AUTH_TOKEN,
};
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
            .args(["--provider", plan.options.provider.word()])
            .args(["--instance", &instance(plan)?])
            .args(["--meta", &number(plan)?])
            .args(["--twilio", &sender(plan)?]);
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
    let channel = plan.demo.channel(Provider::Evolution)?;
    let (key, token) = (plan.secrets.get(EVOLUTION_API_KEY), plan.secrets.get(EVOLUTION_WEBHOOK_TOKEN));
    let webhook = webhook(plan, &format!("evolution/{}", channel.get("slug")?));
    Ok(format!("{},{key},{webhook},{token}", channel.get("instance")?))
}

/// The demo's number with Meta.
fn number(plan: &Plan<'_>) -> anyhow::Result<String> {
    let id = plan.demo.channel(Provider::Meta)?.get("phone_number_id")?;
    let token = plan.secrets.get(META_ACCESS_TOKEN);
    let (secret, verify) = (plan.secrets.get(META_APP_SECRET), plan.secrets.get(META_VERIFY_TOKEN));
    Ok(format!("{id},{token},{},{secret},{verify}", webhook(plan, "meta")))
}

/// The demo's sender with Twilio, which is asked to try again as a real one should be.
fn sender(plan: &Plan<'_>) -> anyhow::Result<String> {
    let channel = plan.demo.channel(Provider::Twilio)?;
    let (sid, from) = (channel.get("account_sid")?, channel.get("from")?);
    let webhook = webhook(plan, &format!("twilio/{}", channel.get("slug")?));
    Ok(format!("{sid},{},{webhook}#rc=5&rp=all,{from}", plan.secrets.get(TWILIO_AUTH_TOKEN)))
}

fn webhook(plan: &Plan<'_>, rest: &str) -> String {
    format!("http://127.0.0.1:{}/webhooks/{rest}", plan.ports.http)
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
