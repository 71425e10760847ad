//! whatsapp-sim on the command line.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use simulators::delay::Delay;
use simulators::whatsapp::{InstanceSpec, ReceiptHabits, RetryHabits, WhatsAppOptions, WhatsAppSim};

const CONTROLS: &str = r#"The server speaks Evolution API 2.3.7: POST /message/sendText/{instance},
GET /instance/connectionState/{instance}, POST /chat/findMessages/{instance}, GET /.

Control API (no key, JSON):
  POST   /sim/customers/{phone}/messages   a customer writes: {"text": "Hi"} and, if wanted, "instance",
                                           "name", "id", "copies", "lid_only", "at_s"
                                           -> {"id": "3A…", "seq": its number in the journal}
  POST   /sim/staff/{phone}/messages       somebody of the business types on the phone; same body
  GET    /sim/journal                      what happened, as JSON lines; ?since=N (entries after number N),
                                           wait_ms, limit, number, what=send,receipt,…, format=array
  GET    /sim/counts                       totals
  POST   /sim/faults                       {"kind": "timeout_after"} and, if wanted, "count", "probability",
                                           "instance", "number" and the kind's own figures -> {"id": 1}
  GET    /sim/faults                       what is in force and how often it hit
  DELETE /sim/faults[/{id}]                all is well again
  GET    /sim/instances                    the instances
  POST   /sim/instances                    {"name", "apikey", "webhook_url", "webhook_token", "own_number"}

Kinds of faults
  not accepted:  timeout_before hold_ms · reset_before · rate_limited retry_after_s · error_before status ·
                 licence_required · connection_closed · not_loaded · not_on_whatsapp · auth
  accepted:      timeout_during accept_after_ms · timeout_after hold_ms · reset_after · half_answer ·
                 slow_drip pause_ms · error_after status · empty_answer
  receipts:      receipts_duplicate copies · receipts_reordered · receipts_early · receipts_late by_ms ·
                 receipts_missing only · receipts_failed · echo_missing
  the session:   logged_out answer (unauthorized, connection_closed, not_loaded) · reconnecting

Try:
  curl -d '{"text":"Hi, I need an appointment"}' 127.0.0.1:8090/sim/customers/447700900123/messages
  curl '127.0.0.1:8090/sim/journal?what=send&wait_ms=10000'
  curl -d '{"kind":"timeout_after","hold_ms":5000,"count":1}' 127.0.0.1:8090/sim/faults"#;

/// A WhatsApp to test against: an Evolution API server that accepts sends, calls webhooks with receipts and
/// with what customers write, keeps a journal, and breaks on demand.
#[derive(Parser)]
#[command(name = "whatsapp-sim", version, after_help = CONTROLS)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// An instance, as name,apikey,webhook_url,token; the last two may be left out. May be given again.
    #[arg(long, value_name = "INSTANCE")]
    instance: Vec<InstanceSpec>,
    /// Delays of the receipts sent,delivered,read, each after the one before; a shorter list ends earlier.
    /// A delay is milliseconds (250), a range (100..400) or lognormal:MEDIAN:P95.
    #[arg(long, default_value = "40,200,500", value_name = "DELAYS|none")]
    receipts: ReceiptHabits,
    /// How long a send takes to be answered.
    #[arg(long, default_value = "0", value_name = "DELAY")]
    answer: Delay,
    /// Stretches the delays before webhooks are tried again; 1 is the real thing: 5 s to 300 s, 20 minutes in
    /// all.
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    retry_factor: f64,
    /// How long a webhook may take to answer, in milliseconds.
    #[arg(long, default_value_t = 30_000, value_name = "MS")]
    webhook_timeout: u64,
    /// How many webhook calls may be under way at a time, per instance.
    #[arg(long, default_value_t = 64, value_name = "N")]
    webhook_connections: usize,
    /// Journal entries kept; 0 counts only, for benchmarks.
    #[arg(long, default_value_t = 200_000, value_name = "N")]
    journal: usize,
    /// Decides which calls a fault with a probability hits.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One thread: the simulator must not take the cores from what it is measured with.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let sim = WhatsAppSim::start(WhatsAppOptions {
        listen: arguments.listen,
        instances: arguments.instance,
        receipts: arguments.receipts,
        answer: arguments.answer,
        webhook: RetryHabits {
            factor: arguments.retry_factor.max(0.0),
            timeout: Duration::from_millis(arguments.webhook_timeout),
            connections: arguments.webhook_connections,
        },
        journal: arguments.journal,
        seed: arguments.seed,
        on_send: None,
    })
    .await?;
    writeln!(std::io::stderr(), "whatsapp-sim listens on {}", sim.url())?;
    simulators::until_stopped().await?;
    Ok(())
}
