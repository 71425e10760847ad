//! The conversation that the person watches.

use super::Plan;
use crate::process::{Launch, Output};
use crate::say;
use crate::supervisor::Supervisor;

/// How much of the conversation was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// All of it.
    EveryStep,
    /// Some step did not come.
    NotAll,
    /// It was not played: with real providers nobody is there to play the customer.
    Nothing,
}

/// Plays the conversation, its lines printed as they happen. What is killed meanwhile is brought back, and the play
/// goes on.
pub fn watch(plan: &Plan<'_>, supervisor: &mut Supervisor) -> anyhow::Result<Seen> {
    if !plan.given.whatsapp_is_simulated() || !plan.given.model_is_simulated() {
        say::line(
            "No conversation is played: it needs the simulated WhatsApp and the simulated model, and you brought \
             one of your own",
        );
        return Ok(Seen::Nothing);
    }
    let play = Launch::new(plan.checkout.built("play", plan.options.profile)?)
        .args(["--whatsapp", &format!("http://127.0.0.1:{}", plan.ports.whatsapp)])
        .args(["--model", &format!("http://127.0.0.1:{}", plan.ports.model)]);
    let status = supervisor.run(&play, &Output::Terminal)?;
    if status.success() {
        return Ok(Seen::EveryStep);
    }
    say::warn(format_args!(
        "the conversation did not go as it should ({status}); everything stays in the logs"
    ));
    Ok(Seen::NotAll)
}
