use std::time::Duration;

use anyhow::Context as _;
use contract::ingest::v1::{
    ListRepairsRequest, Repair, RepairGapRequest, intake_service_client::IntakeServiceClient,
};
use e2e::{Servers, Stack};
use ids::ChannelId;
use simulators::faults::Trigger;
use simulators::whatsapp::{Entry, Fault, FaultKind, PhoneMessage, SenderSpec};
use testkit::Database;
use uuid::Uuid;

const PHONE: &str = "447700972000";
const SOON: Duration = Duration::from_secs(20);

/// A bridge gives up on a webhook after a while, and forgets it. Its list does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_webhook_was_given_up_is_answered_after_the_outage() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    stack.customer(PHONE, "hi")?;
    stack.hears(PHONE, 1, SOON).await?;
    stack.is_done(SOON).await?;
    let heard = stack.sent_to(PHONE).len();
    stack.program.stop().await?;

    let missed = stack.whatsapp.customer_writes(PHONE, PhoneMessage::text("is anybody there?"))?;
    testkit::eventually(SOON, "the bridge to give up", async || {
        let told = stack.whatsapp.journal().all();
        told.iter().any(|noted| matches!(&noted.entry, Entry::Lost { id, .. } if *id == missed)).then_some(())
    })
    .await?;
    // Longer than goes unnoticed.
    let rows = stack.rows().await?;
    sqlx::query("update ingest.alive set at = at - interval '10 minutes'").execute(&rows).await?;
    stack.program.start().await?;
    let done = "select count(*) from ingest.repair where state = 'done' and cause = 'outage'";
    stack.counts(1, "what was missed has been looked through", done, Duration::from_secs(40)).await?;
    stack.hears(PHONE, heard + 1, SOON).await.context("what was missed is answered")?;
    stack.is_done(SOON).await?;
    let (found, accepted): (i64, i64) = sqlx::query_as(
        "select sum(found)::bigint, sum(accepted)::bigint from ingest.repair where state = 'done'",
    )
    .fetch_one(&rows)
    .await?;
    assert!(found >= 2, "the list shows more than what was missed: {found}");
    assert_eq!(
        sqlx::query_scalar::<_, i64>("select count(*) from conversation.item where kind = 'message'")
            .fetch_one(&rows)
            .await?,
        2,
        "what had come before is recognised; {accepted} accepted"
    );
    let late: i64 =
        sqlx::query_scalar("select count(*) from conversation.item where (body ->> 'late')::boolean")
            .fetch_one(&rows)
            .await?;
    assert_eq!(late, 1, "it is marked");
    assert_eq!(
        sqlx::query_scalar::<_, i64>(
            "select count(*) from conversation.conversation where owned_by <> 'bot'"
        )
        .fetch_one(&rows)
        .await?,
        0,
        "our own messages in the list are not taken for staff's"
    );
    Ok(())
}

fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

/// Asks for a look through the last hours, and waits for its end.
async fn repaired(stack: &Stack, channel: &str, hours: i64) -> anyhow::Result<Repair> {
    let mut intake = IntakeServiceClient::new(stack.grpc("ingest", "operator")?);
    let channel_id: Uuid = sqlx::query_scalar("select id from ingest.channel where slug = $1")
        .bind(channel)
        .fetch_one(&stack.rows().await?)
        .await?;
    let now = stack.now().await?;
    let request = RepairGapRequest {
        channel_id: ChannelId::from_uuid(channel_id).to_string(),
        from: Some(at(now - hours * 3600)),
        until: Some(at(now + 1)),
        dry_run: false,
    };
    let id = intake.repair_gap(request.clone()).await?.into_inner().repair_id;
    let channel_id = request.channel_id;
    let done = async || {
        let request = ListRepairsRequest { channel_id: channel_id.clone(), page_size: 5 };
        let listed = intake.clone().list_repairs(request).await.ok()?.into_inner().repairs;
        listed.into_iter().find(|repair| repair.id == id && repair.state == "done")
    };
    testkit::eventually(Duration::from_secs(40), "the gap to be looked through", done)
        .await
        .with_context(|| stack.program.log_tail())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_lost_is_fetched_by_hand_and_when_the_bridge_is_back() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    for phone in ["447700974001", "447700974002", "447700974003", "447700974004"] {
        stack.whatsapp.fault(Fault::from(FaultKind::WebhooksLost {}).for_number(phone), Trigger::ALWAYS);
    }
    // By hand. What another program sent through the bridge is nobody's takeover, what staff typed is one.
    stack.customer("447700974001", "hi")?;
    stack.customer("447700974002", "hello")?;
    let sent = reqwest::Client::new()
        .post(format!("{}/message/sendText/{}", stack.whatsapp.url(), e2e::INSTANCE))
        .header("apikey", "e2e-api-key")
        .json(&serde_json::json!({"number": "447700974002", "text": "Your invoice is ready."}))
        .send()
        .await?;
    assert_eq!(sent.status(), 201);
    stack.whatsapp.staff_writes("447700974003", PhoneMessage::text("We will call you."))?;
    let repair = repaired(&stack, e2e::INSTANCE, 1).await?;
    assert_eq!(repair.missed, 3, "two customers and one of the staff: {repair:?}");
    stack.hears("447700974001", 1, SOON).await?;
    stack.hears("447700974002", 2, SOON).await.context("the invoice, and an answer")?;
    stack.is_done(SOON).await?;
    let theirs = "select count(*) from conversation.conversation where owned_by = 'human'";
    stack.counts(1, "only staff took a conversation over", theirs, SOON).await?;
    let again = repaired(&stack, e2e::INSTANCE, 1).await?;
    assert_eq!(again.missed, 0, "all of it is known: {again:?}");

    // When the bridge connects again.
    stack.customer("447700974004", "hi")?;
    let gone = stack.whatsapp.fault(FaultKind::Reconnecting {}, Trigger::ALWAYS);
    stack.whatsapp.forgive(gone);
    let done =
        "select count(*) from ingest.repair where cause = 'reconnect' and state = 'done' and missed = 1";
    stack.counts(1, "the time until it was back is looked through", done, SOON).await?;
    stack.hears("447700974004", 1, SOON).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn twilio_has_a_list_too() -> anyhow::Result<()> {
    let mut stack = Stack::prepared(Servers::Shared(Database::fresh(&[]).await?), &[]).await?;
    let url = stack.whatsapp.url();
    let channel = format!(
        r#"
[[tenant.channel]]
slug = "carrier"
provider = "twilio"
api_url = "{url}"
account_sid = "AC109"
from = "whatsapp:+447700900300"
secrets = {{ auth_token = "env:TWILIO_AUTH_TOKEN" }}
"#
    );
    stack.declare(&channel, &[])?;
    stack.program.start().await?;
    let webhook = format!("http://{}/webhooks/twilio/carrier", stack.doors.webhooks);
    stack.whatsapp.add_account(SenderSpec::new("AC109", "e2e-twilio", webhook))?;
    stack.whatsapp.fault(FaultKind::WebhooksLost {}, Trigger::next(1));
    let lost =
        PhoneMessage { instance: Some("447700900300".to_owned()), ..PhoneMessage::text("is anybody there?") };
    stack.whatsapp.customer_writes("447700974101", lost)?;
    let repair = repaired(&stack, "carrier", 1).await?;
    assert_eq!(repair.missed, 1, "{repair:?}");
    stack.hears("447700974101", 1, SOON).await?;
    stack.is_done(SOON).await?;
    let again = repaired(&stack, "carrier", 1).await?;
    assert_eq!(
        (again.found, again.missed, again.duplicates),
        (1, 0, 1),
        "its answer is not listed: {again:?}"
    );
    Ok(())
}

/// Part after part is handed over and then noted. A crash between the two does the part again, and nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_middle_goes_on_and_doubles_nothing() -> anyhow::Result<()> {
    const HOURS: i64 = 8;
    /// The number of the lock below.
    const BLOCK: i64 = 4711;
    let mut stack = Stack::start().await?;
    let rows = stack.rows().await?;
    stack.whatsapp.fault(FaultKind::WebhooksLost {}, Trigger::ALWAYS);
    let now = stack.now().await?;
    for hour in 0..HOURS {
        let at_s = Some(now - hour * 3600 - 1800);
        let message = PhoneMessage { at_s, ..PhoneMessage::text("hello") };
        stack.whatsapp.customer_writes(&format!("4477009742{hour:02}"), message)?;
    }
    let lost = async || {
        let told = stack.whatsapp.journal().all();
        let lost = told.iter().filter(|noted| matches!(noted.entry, Entry::Lost { .. })).count();
        (i64::try_from(lost) == Ok(HOURS)).then_some(())
    };
    testkit::eventually(SOON, "all of them to be lost", lost).await?;
    stack.whatsapp.forgive_all();
    // The fourth part cannot be noted for as long as this lock is held.
    sqlx::raw_sql(
        "create function ingest.wait_here() returns trigger language plpgsql as $$
         begin if new.done_until > new.from_at + interval '3 hours' then perform pg_advisory_xact_lock(4711); end if; return new; end $$;
         create trigger wait_here before update on ingest.repair for each row execute function ingest.wait_here()",
    )
    .execute(&rows)
    .await?;
    let mut holder = rows.acquire().await?;
    sqlx::query("select pg_advisory_lock($1)").bind(BLOCK).execute(&mut *holder).await?;
    let mut intake = IntakeServiceClient::new(stack.grpc("ingest", "operator")?);
    let channel_id: Uuid = sqlx::query_scalar("select id from ingest.channel").fetch_one(&rows).await?;
    let request = RepairGapRequest {
        channel_id: ChannelId::from_uuid(channel_id).to_string(),
        from: Some(at(now - HOURS * 3600)),
        until: Some(at(now)),
        dry_run: false,
    };
    intake.repair_gap(request).await?;
    let messages = "select count(*) from conversation.item where kind = 'message'";
    stack.counts(4, "the fourth part is handed over", messages, SOON).await?;
    stack.program.kill9().await?;
    // The server goes on with what a client that died has asked for: here it dies, too.
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event = 'advisory' and query like '%ingest.repair%'",
    )
    .execute(&rows)
    .await?;
    let noted = "select count(*) from ingest.repair where state = 'running' and done_until = from_at + interval '3 hours'";
    stack.counts(1, "and not noted", noted, SOON).await?;

    sqlx::query("select pg_advisory_unlock($1)").bind(BLOCK).execute(&mut *holder).await?;
    sqlx::raw_sql("drop trigger wait_here on ingest.repair; update ingest.repair set claimed_until = now()")
        .execute(&rows)
        .await?;
    stack.program.start().await?;
    let done = "select count(*) from ingest.repair where state = 'done' and duplicates > 0";
    stack.counts(1, "somebody goes on where it stood", done, Duration::from_secs(40)).await?;
    stack.counts(HOURS, "everything is there once", messages, SOON).await?;
    stack.is_done(SOON).await?;
    for hour in 0..HOURS {
        let heard = stack.sent_to(&format!("4477009742{hour:02}"));
        assert!(heard.len() <= 1, "nobody is answered twice: {heard:?}");
    }
    Ok(())
}
