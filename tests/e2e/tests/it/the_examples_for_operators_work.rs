use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Context;
use e2e::{INSTANCE, SERVICES, Servers, Stack};
use ids::ChannelId;
use serde_json::{Value, json};
use simulators::{
    faults::Trigger,
    receiver::Receiver,
    whatsapp::{Fault, FaultKind, PhoneFile, PhoneMessage},
};
use tempfile::NamedTempFile;
use testkit::Database;
use tokio::process::Command;
use uuid::Uuid;

use crate::spoiled_texts;

const RUN_BOOK: &str = include_str!("../../../../docs/operating.md");
const SOON: Duration = Duration::from_secs(20);
/// The id of the channel `second-desk`, which the examples make.
static NEW_CHANNEL: LazyLock<ChannelId> = LazyLock::new(|| ChannelId::named(Uuid::nil(), "second-desk"));
/// A folder with the programs of the tests, among them grpcurl.
const TOOLS: &str = "FRONTDESK_TEST_TOOLS";

/// The blocks whose fence says `sh run`, in their order.
fn examples() -> Vec<String> {
    let mut examples = Vec::new();
    let mut open: Option<String> = None;
    for line in RUN_BOOK.lines() {
        match (&mut open, line.trim()) {
            (None, "```sh run") => open = Some(String::new()),
            (Some(_), "```") => examples.extend(open.take()),
            (Some(example), _) => {
                example.push_str(line);
                example.push('\n');
            }
            (None, _) => {}
        }
    }
    examples
}

/// The function that the examples use, as the first of them defines it.
fn prelude() -> anyhow::Result<String> {
    let first = examples().into_iter().next().context("the run-book has no examples")?;
    let end = first.find("\n}\n").context("the first example does not define fd")?;
    Ok(first[..end + 3].to_owned())
}

/// Writes down what is asked: port, method and request.
const RECORDER: &str = r#"eval "asked_$(declare -f fd)"
fd() { printf '%s\0' "$1" "$2" "${3-}" >> "$RECORD"; asked_fd "$@"; }"#;

/// A terminal beside a running stack.
struct Terminal<'a> {
    stack: &'a Stack,
    path: String,
    /// What was asked, by [`RECORDER`].
    record: NamedTempFile,
    set: BTreeMap<&'static str, String>,
}

impl<'a> Terminal<'a> {
    fn beside(stack: &'a Stack) -> anyhow::Result<Self> {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.frontdesk/tools/bin")];
        folders.splice(0..0, std::env::var_os(TOOLS).map(Into::into));
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        anyhow::ensure!(
            folders.iter().any(|folder| folder.join("grpcurl").is_file()),
            "this test needs grpcurl in .frontdesk/tools or on PATH; `cargo xtask test` fetches it"
        );
        let path = std::env::join_paths(folders)?.to_string_lossy().into_owned();
        Ok(Self { stack, path, record: NamedTempFile::new()?, set: BTreeMap::new() })
    }

    /// Runs a block as somebody would who copied it, but for the ports.
    async fn run(&self, block: &str) -> anyhow::Result<String> {
        let script = self.moved(&format!("{}\n{RECORDER}\n{block}", prelude()?))?;
        let done = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .env("PATH", &self.path)
            .env("FRONTDESK_AUTH__OPERATOR_TOKEN", self.stack.token)
            .env("FRONTDESK_AUTH__ADMIN_TOKEN", self.stack.admin_token)
            .env("EVOLUTION_URL", self.stack.whatsapp.url())
            .env("RECORD", self.record.path())
            .envs(&self.set)
            .output()
            .await?;
        let (said, complained) = (String::from_utf8(done.stdout)?, String::from_utf8_lossy(&done.stderr));
        anyhow::ensure!(
            done.status.success(),
            "{block}\n{said}\n{complained}\n{}",
            self.stack.program.log_tail()
        );
        Ok(said)
    }

    /// A script with the ports of this stack in place of those of the documentation.
    fn moved(&self, script: &str) -> anyhow::Result<String> {
        let doors = &self.stack.doors;
        let http = [&doors.webhooks, &doors.files, &doors.messages, &doors.bookings];
        let mut ports: BTreeMap<String, &String> =
            http.into_iter().enumerate().map(|(place, door)| ((8080 + place).to_string(), door)).collect();
        for (place, service) in SERVICES.into_iter().enumerate() {
            ports.insert((9080 + place).to_string(), &doors.grpc[service]);
            ports.insert((7080 + place).to_string(), &doors.admin[service]);
        }
        let mut moved = String::new();
        // Whole numbers only: the new ports may hold the old ones' digits.
        for piece in script.split_inclusive(|character: char| !character.is_ascii_digit()) {
            let digits = piece.trim_end_matches(|character: char| !character.is_ascii_digit());
            match ports.get(digits) {
                Some(door) => {
                    let (_, port) = door.rsplit_once(':').context("an address without a port")?;
                    moved.push_str(&piece.replace(digits, port));
                }
                None => moved.push_str(piece),
            }
        }
        Ok(moved)
    }

    /// What a method answers.
    async fn ask(&self, port: u16, method: &str, request: Value) -> anyhow::Result<Value> {
        let said = self.run(&format!("fd {port} {method} '{request}'")).await?;
        Ok(serde_json::from_str(&said)?)
    }

    fn set(&mut self, name: &'static str, answer: &Value, pointer: &str) -> anyhow::Result<()> {
        let value = answer
            .pointer(pointer)
            .and_then(Value::as_str)
            .with_context(|| format!("no {pointer} in {answer}"))?;
        self.set.insert(name, value.to_owned());
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_runs_as_it_stands() -> anyhow::Result<()> {
    // Somebody to post a test to.
    let receiver = Receiver::start().await?;
    let slack = receiver.url("slack");
    let settings = [("ALERTING__SLACK_WEBHOOK_URL", slack.as_str())];
    let stack = Stack::with(Servers::Shared(Database::fresh(&[]).await?), &settings).await?;
    let mut terminal = Terminal::beside(&stack)?;
    something_to_look_at(&stack, &mut terminal).await?;
    for example in examples() {
        let said = terminal.run(&example).await?;
        assert!(!said.trim().is_empty(), "this says nothing:\n{example}");
    }
    let record = String::from_utf8(std::fs::read(terminal.record.path())?)?;
    spoiled_texts::are_taken_or_refused_by_name(&stack, &record).await
}

/// Sets the names that the run-book uses to ids that are there.
async fn something_to_look_at(stack: &Stack, terminal: &mut Terminal<'_>) -> anyhow::Result<()> {
    // Something is wrong for as long as nobody fetches it again.
    sqlx::query(
        "insert into ingest.repair (channel_id, cause, from_at, until_at, done_until, state, finished_at)
         select id, 'outage', now(), now(), now(), 'failed', now() from ingest.channel",
    )
    .execute(&stack.rows().await?)
    .await?;
    stack.customer("447700971000", "hi")?;
    stack.hears("447700971000", 1, SOON).await?;
    let not_there = ["447700971001", "447700971002", "447700971003"];
    for phone in not_there {
        stack.whatsapp.fault(Fault::from(FaultKind::NotOnWhatsapp {}).for_number(phone), Trigger::ALWAYS);
        stack.customer(phone, "hi")?;
    }
    stack.counts(3, "dead letters are there", "select count(*) from alerting.dead_letter", SOON).await?;
    let webhook = format!("http://{}/webhooks/evolution/{INSTANCE}", stack.doors.webhooks);
    let answer =
        reqwest::Client::new().post(webhook).bearer_auth("e2e-webhook-token").body("not json").send().await?;
    assert!(answer.status().is_success(), "{answer:?}");

    stack.whatsapp.customer_writes("447700971000", PhoneMessage::file(PhoneFile::picture()))?;
    stack
        .counts(1, "a file is stored", "select count(*) from conversation.media where state = 'stored'", SOON)
        .await?;

    let tenants = terminal.ask(9081, "conversation.v1.ConversationService/ListTenants", json!({})).await?;
    terminal.set("TENANT", &tenants, "/tenants/0/id")?;
    terminal.set("CHANNEL", &tenants, "/tenants/0/channels/0/id")?;
    // An id follows from its slug, so the examples can name a channel that one of them makes.
    terminal.set.insert("NEW_CHANNEL", NEW_CHANNEL.to_string());
    let tenant = terminal.set["TENANT"].clone();
    let of_tenant = json!({ "tenant_id": tenant });
    let conversations = terminal
        .ask(9081, "conversation.v1.ConversationService/ListConversations", of_tenant.clone())
        .await?;
    terminal.set("CONVERSATION", &conversations, "/conversations/0/id")?;
    let (item, provider_id): (Uuid, String) =
        sqlx::query_as("select item_id, provider_id from conversation.media")
            .fetch_one(&stack.rows().await?)
            .await?;
    terminal.set.insert("FILE", format!("itm_{}", item.simple()));
    terminal.set.insert("FILE_MESSAGE", provider_id);
    terminal.set("CONTACT", &conversations, "/conversations/0/contactId")?;
    terminal.set("OTHER_CONTACT", &conversations, "/conversations/1/contactId")?;
    let contact = json!({ "contact_id": terminal.set["CONTACT"] });
    let contact = terminal.ask(9081, "conversation.v1.ContactService/GetContact", contact).await?;
    let phone = json!({ "phone": contact["contact"]["aliases"][0]["value"] });
    terminal.set("PHONE", &phone, "/phone")?;
    sqlx::query(
        "insert into conversation.contact_link (tenant_id, one, other, correlation_id, state)
         select a.tenant_id, a.contact_id, b.contact_id, gen_random_uuid(), 'doubtful'
         from conversation.conversation a, conversation.conversation b where a.contact_id < b.contact_id",
    )
    .execute(&stack.rows().await?)
    .await?;
    let messages = terminal.ask(9082, "delivery.v1.MessageService/ListMessages", of_tenant.clone()).await?;
    terminal.set("MESSAGE", &messages, "/messages/0/id")?;
    terminal.set("CORRELATION", &messages, "/messages/0/correlationId")?;
    let health = terminal.ask(9082, "delivery.v1.QueueService/GetQueueHealth", json!({})).await?;
    terminal.set("WORKER", &health, "/consumers/0/worker")?;
    let letters = terminal.ask(9084, "alerting.v1.DeadLetterService/ListDeadLetters", json!({})).await?;
    terminal.set("LETTER", &letters, "/deadLetters/0/id")?;
    terminal.set("OTHER_LETTER", &letters, "/deadLetters/1/id")?;
    terminal.set("DEAD_MESSAGE", &letters, "/deadLetters/2/itemId")?;
    let open = "select count(*) from alerting.incident where state = 'open'";
    stack.counts(1, "an incident is open", open, SOON).await?;
    let incidents = terminal.ask(9084, "alerting.v1.IncidentService/ListIncidents", json!({})).await?;
    terminal.set("INCIDENT", &incidents, "/incidents/0/id")?;
    let quarantined =
        terminal.ask(9080, "ingest.v1.QuarantineService/ListQuarantinedPayloads", json!({})).await?;
    terminal.set("QUARANTINED", &quarantined, "/payloads/0/id")?;

    for (name, hours) in [("HOUR_AGO", 1), ("NOW", 0)] {
        let at: String = sqlx::query_scalar(
            "select to_char((now() - make_interval(hours => $1)) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        )
        .bind(hours)
        .fetch_one(&stack.rows().await?)
        .await?;
        terminal.set.insert(name, at);
    }
    for (name, hour) in [
        ("TOMORROW_10", 10),
        ("TOMORROW_11", 11),
        ("TOMORROW_12", 12),
        ("TOMORROW_13", 13),
        ("TOMORROW_15", 15),
    ] {
        let at: String = sqlx::query_scalar(
            "select to_char((date_trunc('day', now() at time zone 'Europe/London') + make_interval(days => 1, hours => $1))
                            at time zone 'Europe/London' at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        )
        .bind(hour)
        .fetch_one(&stack.rows().await?)
        .await?;
        terminal.set.insert(name, at);
    }
    let request = json!({
        "tenant_id": tenant, "request_id": "example", "service": "check-up", "staff": "ana",
        "starts_at": terminal.set["TOMORROW_15"], "customer_name": "Sam Doe",
    });
    let booking = terminal.ask(9083, "scheduler.v1.BookingService/CreateBooking", request).await?;
    terminal.set("BOOKING", &booking, "/booking/id")?;
    let request = json!({ "tenant_id": tenant, "service": "check-up", "limit": 2 });
    let slots = terminal.ask(9083, "scheduler.v1.CalendarService/FindSlots", request).await?;
    terminal.set("HANDLE", &slots, "/slots/0/handle")?;
    let request = json!({
        "tenant_id": tenant, "handle": slots["slots"][1]["handle"], "conversation_id": conversations["conversations"][1]["id"],
    });
    let hold = terminal.ask(9083, "scheduler.v1.CalendarService/HoldSlot", request).await?;
    terminal.set("HOLD", &hold, "/holdId")
}

#[test]
fn every_method_has_an_example() -> anyhow::Result<()> {
    let examples = examples().concat();
    let mut missing = Vec::new();
    let mut found = 0;
    for method in methods(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto"))? {
        found += 1;
        if !examples.contains(&format!(" {method}")) {
            missing.push(method);
        }
    }
    assert!(found > 30, "only {found} methods were found");
    assert!(missing.is_empty(), "docs/operating.md has no example that runs for {missing:?}");
    Ok(())
}

/// `delivery.v1.MessageService/GetMessage` and so on.
fn methods(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut methods = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            methods.extend(self::methods(&path)?);
            continue;
        }
        let (mut package, mut service) = (String::new(), String::new());
        for line in std::fs::read_to_string(&path)?.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("package frontdesk.") {
                name.trim_end_matches(';').clone_into(&mut package);
            } else if let Some(name) = line.strip_prefix("service ") {
                name.trim_end_matches([' ', '{']).clone_into(&mut service);
            } else if let Some(name) = line.strip_prefix("rpc ").and_then(|rest| rest.split('(').next()) {
                methods.push(format!("{package}.{service}/{name}"));
            }
        }
    }
    Ok(methods)
}
