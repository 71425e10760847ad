//! whatsapp-sim on the command line.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use simulators::delay::Delay;
use simulators::whatsapp::{
    AccountSpec, InstanceSpec, Limits, NumberSpec, Provider, ReceiptHabits, RetryHabits, SenderSpec,
    TemplateSpec, WhatsAppOptions, WhatsAppSim,
};

const CONTROLS: &str = r#"One address, three providers:
  Evolution API 2.3.7    POST /message/sendText/{instance}, GET /instance/connectionState/{instance},
                         POST /chat/findMessages/{instance}, GET /, POST /instance/create (key: --evolution-key),
                         GET /instance/connect/{instance}, POST …/restart/…, DELETE …/logout/…,
                         POST /webhook/set/{instance}, GET /webhook/find/{instance}
  Meta Cloud API         POST /v23.0/{phone_number_id}/messages, GET /v23.0/{phone_number_id},
                         GET /v23.0/{waba_id}/message_templates, GET and POST /v23.0/{waba_id}/subscribed_apps
  Twilio                 POST and GET /2010-04-01/Accounts/{sid}/Messages.json, GET …/Messages/{sid}.json,
                         GET /2010-04-01/Accounts/{sid}.json, GET /v1/ContentAndApprovals,
                         GET and POST /v2/Channels/Senders[/{sid}]

Control API (no key, JSON). An "instance" is an account of any provider: the name of an Evolution instance, Meta's
phone_number_id, the digits of a Twilio sender.
  POST   /sim/customers/{phone}/messages   a customer writes: {"text": "Hi"} and, if wanted, "instance",
                                           "name", "id", "copies", "lid_only" (no phone number is shown), "at_s",
                                           "reply_to", "tap": {"id", "on": button, list or template}
                                           -> {"id": "3A…", "seq": its number in the journal}
  POST   /sim/staff/{phone}/messages       somebody of the business types on the phone; same body
  GET    /sim/journal                      what happened, as JSON lines; ?since=N (entries after number N),
                                           wait_ms, limit, number, what=send,receipt,…, format=array
  GET    /sim/counts                       totals
  POST   /sim/faults                       {"kind": "timeout_after"} and, if wanted, "count", "probability",
                                           "instance", "number" and the kind's own figures -> {"id": 1}
  GET    /sim/faults                       what is in force and how often it hit
  DELETE /sim/faults[/{id}]                all is well again
  GET    /sim/instances                    the accounts
  POST   /sim/instances                    {"name", "apikey", "webhook_url", "webhook_token", "own_number"},
                                           {"provider": "meta", "phone_number_id", "access_token", "webhook_url",
                                            "app_secret", "verify_token", "waba_id", "own_number"},
                                           {"provider": "twilio", "account_sid", "auth_token", "webhook_url",
                                            "from", "messaging_service_sid", "opt_out"}
  POST   /sim/instances/{name}/handshake   Meta asks the webhook whether it is yours -> {"status", "verified"}
  POST   /sim/instances/{name}/scan        somebody scans the code that an instance of Evolution shows
  GET    /sim/templates                    the templates there are
  POST   /sim/templates                    {"name", "language", "body": "Hi {{1}}"} and, if wanted, "sid" (HX…),
                                           "category", "buttons" (titles), "status" (approved, pending, rejected,
                                           paused, disabled); of a known one the status may change, which Meta
                                           tells its webhooks

Kinds of faults
  not accepted:  timeout_before hold_ms · reset_before · rate_limited retry_after_s · error_before status · auth
  accepted:      timeout_during accept_after_ms · timeout_after hold_ms · reset_after · half_answer ·
                 slow_drip pause_ms · error_after status
  receipts:      receipts_duplicate copies · receipts_reordered · receipts_early · receipts_late by_ms ·
                 receipts_missing only · receipts_failed code
  Evolution:     licence_required · connection_closed · not_loaded · not_on_whatsapp · empty_answer ·
                 echo_missing · logged_out answer (unauthorized, connection_closed, not_loaded) · reconnecting
  Meta, Twilio:  refused code (131056, 131048, 132015, 63007, 21610, …) · window_closed
  never told:    webhooks_lost (Evolution, Twilio)

Try:
  curl -d '{"text":"Hi, I need an appointment"}' 127.0.0.1:8090/sim/customers/447700900123/messages
  curl '127.0.0.1:8090/sim/journal?what=send&wait_ms=10000'
  curl -d '{"kind":"timeout_after","hold_ms":5000,"count":1}' 127.0.0.1:8090/sim/faults"#;

/// A WhatsApp to test against, reached as through Evolution API, Meta's Cloud API or Twilio: it accepts sends, calls
/// webhooks with receipts and with what customers write, keeps a journal, and breaks on demand.
#[derive(Parser)]
#[command(name = "whatsapp-sim", version, after_help = CONTROLS)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Whose account is meant where a control call names none and there are several.
    #[arg(long, value_name = "evolution|meta|twilio")]
    provider: Option<Provider>,
    /// An instance of Evolution, as name,apikey,webhook_url,token; the last two may be left out. May be given again.
    #[arg(long, value_name = "INSTANCE")]
    instance: Vec<InstanceSpec>,
    /// The key of the Evolution server itself, which makes instances and is let in to each.
    #[arg(long, default_value = "evolution-server-key", value_name = "KEY")]
    evolution_key: String,
    /// A number of Meta, as phone_number_id,access_token,webhook_url,app_secret,verify_token; the last three may be
    /// left out. May be given again.
    #[arg(long, value_name = "NUMBER")]
    meta: Vec<NumberSpec>,
    /// A sender of Twilio, as account_sid,auth_token,webhook_url,from; the last two may be left out. May be given
    /// again.
    #[arg(long, value_name = "SENDER")]
    twilio: Vec<SenderSpec>,
    /// Delays of the receipts sent,delivered,read, each after the one before; a shorter list ends earlier.
    /// A delay is milliseconds (250), a range (100..400) or lognormal:MEDIAN:P95.
    #[arg(long, default_value = "40,200,500", value_name = "DELAYS|none")]
    receipts: ReceiptHabits,
    /// How long a send takes to be answered.
    #[arg(long, default_value = "0", value_name = "DELAY")]
    answer: Delay,
    /// Stretches the delays before webhooks are tried again; 1 is the real thing: 20 minutes in all with Evolution,
    /// 7 days with Meta.
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    retry_factor: f64,
    /// How long a webhook may take to answer, in milliseconds.
    #[arg(long, default_value_t = 30_000, value_name = "MS")]
    webhook_timeout: u64,
    /// How many webhook calls may be under way at a time, per instance.
    #[arg(long, default_value_t = 64, value_name = "N")]
    webhook_connections: usize,
    /// Messages a second that Meta takes of one number, and that leave from one of Twilio.
    #[arg(long, default_value_t = 80, value_name = "N")]
    throughput: u32,
    /// Messages to one customer that Meta takes at once; then one every 6 seconds.
    #[arg(long, default_value_t = 45, value_name = "N")]
    pair_burst: u32,
    /// Hours after their last message during which customers may be written to freely (Meta, Twilio).
    #[arg(long, default_value_t = 24, value_name = "HOURS")]
    window: u64,
    /// How long Meta gathers events before it calls a webhook with all of them.
    #[arg(long, default_value = "15", value_name = "DELAY")]
    gather: Delay,
    /// Journal entries kept; 0 counts only, for benchmarks.
    #[arg(long, default_value_t = 200_000, value_name = "N")]
    journal: usize,
    /// Decides which calls a fault with a probability hits.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The templates that the demo's business names, beside the one every account of Meta begins with.
fn front_desk() -> Vec<TemplateSpec> {
    let template = |name: &str, number: u32, body: &str| {
        TemplateSpec::new(name, "en", body).with_sid(format!("HX0000000000000000000000000000a{number:03}"))
    };
    vec![
        TemplateSpec::hello_world(),
        template(
            "appointment_reminder",
            1,
            "Hi {{1}}, a reminder of your visit on {{2}} ({{3}} with {{4}}), {{5}}. Please arrive 5-10 minutes early. \
             Reply CANCEL VISIT to cancel.",
        )
        .with_buttons(&["Confirm", "Cancel"]),
        template("appointment_moved", 2, "Hi {{1}}, your visit was moved. It is now on {{2}}."),
        template("appointment_cancelled", 3, "Hi {{1}}, your visit on {{2}} was cancelled. Write to us for a new time."),
    ]
}

/// One thread: the simulator must not take the cores from what it is measured with.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let accounts = arguments.instance.into_iter().map(AccountSpec::from);
    let accounts = accounts.chain(arguments.meta.into_iter().map(AccountSpec::from));
    let accounts = accounts.chain(arguments.twilio.into_iter().map(AccountSpec::from));
    let sim = WhatsAppSim::start(WhatsAppOptions {
        listen: arguments.listen,
        accounts: accounts.collect(),
        evolution_key: arguments.evolution_key,
        provider: arguments.provider,
        limits: Limits {
            per_second: arguments.throughput,
            pair_burst: arguments.pair_burst,
            ..Limits::default()
        },
        window: Duration::from_secs(arguments.window.saturating_mul(3600)),
        gather: arguments.gather,
        receipts: arguments.receipts,
        answer: arguments.answer,
        webhook: RetryHabits {
            factor: arguments.retry_factor.max(0.0),
            timeout: Duration::from_millis(arguments.webhook_timeout),
            connections: arguments.webhook_connections,
        },
        journal: arguments.journal,
        templates: front_desk(),
        seed: arguments.seed,
        ..WhatsAppOptions::default()
    })
    .await?;
    writeln!(std::io::stderr(), "whatsapp-sim listens on {}", sim.url())?;
    simulators::until_stopped().await?;
    Ok(())
}
