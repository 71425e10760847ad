//! model-sim on the command line.

use std::io::Write;
use std::net::SocketAddr;

use clap::Parser;
use simulators::model::{Harm, ModelOptions, ModelSim};

const CONTROLS: &str = r#"The server speaks OpenAI chat completions, not streamed: POST /v1/chat/completions,
GET /v1/models. Give http://127.0.0.1:8091/v1 as the base address of the model.

Brains (each sees the request and nothing else):
  clerk     a rule-based receptionist who really reads the tools, the facts and the results; English, Spanish
  saboteur  does harm: invented-handle, invented-reference, claims-booked, claims-cancelled, invented-facts,
            endless-loop, unknown-tool, confirms-for-customer, leaks-prompt, advises, floods, silence

Control API (no key, JSON):
  GET    /sim/journal        every request whole, and its answer, as JSON lines; ?since=N, wait_ms, limit,
                             format=array
  GET    /sim/counts         how many requests there were
  POST   /sim/brain          {"brain": "saboteur", "harm": "claims-booked"}
  POST   /sim/faults         {"kind": "latency", "delay": "lognormal:2500:8000"} and, if wanted, "count",
                             "probability" and the kind's own figures -> {"id": 1}; several compose
  GET    /sim/faults         what is in force and how often it hit
  DELETE /sim/faults[/{id}]  all is well again

Kinds of faults
  waiting:   latency delay · stall hold_ms · slow_drip pause_ms
  refusals:  rate_limited retry_after_ms · quota_exceeded · server_error status · html_error status ·
             unauthorized · context_too_long · reset · half_answer
  answers:   garbage_body · error_inside · empty_choices · null_content · blank_content · refusal ·
             unknown_finish_reason word · cut_off · content_filter · usage_missing · huge_answer bytes
  calls:     arguments_not_json · arguments_not_object · arguments_as_object · arguments_extra_field ·
             unknown_tool · call_without_id · call_twice · call_in_text

Try:
  curl 127.0.0.1:8091/v1/chat/completions -d '{"messages":[{"role":"user","content":"Hello"}]}'
  curl -d '{"kind":"server_error","status":503,"count":2}' 127.0.0.1:8091/sim/faults
  curl '127.0.0.1:8091/sim/journal?wait_ms=10000'"#;

/// A language model to test against: a chat-completions API with a rule-based receptionist behind it, which
/// breaks on demand.
#[derive(Parser)]
#[command(name = "model-sim", version, after_help = CONTROLS)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8091", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Who answers: clerk or saboteur.
    #[arg(long, default_value = "clerk", value_name = "NAME")]
    brain: String,
    /// The one harm the saboteur does; all in turn without it.
    #[arg(long, value_name = "HARM")]
    harm: Option<Harm>,
    /// The bearer token callers must show; any will do without it.
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// Exchanges kept in the journal; 0 counts only.
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    journal: usize,
    /// Decides which requests a fault with a probability hits, and the saboteur's turns.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One thread: the simulator must not take the cores from what it is measured with.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let options = ModelOptions {
        listen: arguments.listen,
        api_key: arguments.api_key,
        journal: arguments.journal,
        seed: arguments.seed,
    };
    let sim = ModelSim::named(options, &arguments.brain, arguments.harm).await?;
    writeln!(std::io::stderr(), "model-sim listens on {}", sim.url())?;
    simulators::until_stopped().await?;
    Ok(())
}
