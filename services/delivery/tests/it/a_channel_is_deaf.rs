use contract::delivery::v1::{
    Deafness, EndDeafnessRequest, GetQueueHealthRequest, ListChannelsRequest, SetWebhookRequest,
    channel_service_client::ChannelServiceClient, connection_service_client::ConnectionServiceClient,
    queue_service_client::QueueServiceClient,
};
use delivery::store::{hearing, messages};
use ids::ChannelId;
use serde_json::json;
use simulators::faults::Trigger;
use simulators::whatsapp::{Fault, FaultKind};
use testkit::eventually;

use crate::fixture::{CHANNEL, PATIENCE, Pace, Replica, Say, Stage};

/// Looks now instead of within a minute, but not where somebody is looking (10 minutes).
const LOOK: &str =
    "update delivery.hearing set due_at = now() where due_at between now() and now() + interval '2 minutes'";

async fn deaf(stage: &Stage, replica: &Replica) -> anyhow::Result<Option<Deafness>> {
    sqlx::query(LOOK).execute(&stage.owner).await?;
    let mut channels = ChannelServiceClient::new(replica.viewer()?);
    let listed = channels.list_channels(ListChannelsRequest::default()).await?.into_inner();
    Ok(listed.channels.into_iter().find_map(|channel| channel.deaf))
}

async fn until_deaf(stage: &Stage, replica: &Replica) -> anyhow::Result<Deafness> {
    eventually(PATIENCE, "the channel to be deaf", async || deaf(stage, replica).await.ok()?).await
}

async fn until_it_hears(stage: &Stage, replica: &Replica) -> anyhow::Result<()> {
    let hears = async || deaf(stage, replica).await.ok()?.is_none().then_some(());
    eventually(PATIENCE, "the channel to hear again", hears).await
}

/// What ingest says: so long ago something came, and receipts as a table of the test has them.
pub async fn ingest_says(stage: &Stage, ago: &str) -> anyhow::Result<()> {
    let sql = format!(
        "create table ingest.last_receipt (at timestamptz);
         create table ingest.missed (count bigint, at timestamptz);
         create function ingest.heard_v1(channels uuid[]) returns table (channel_id uuid, heard_at timestamptz,
             inbound_at timestamptz, receipt_at timestamptz, missed bigint, missed_at timestamptz)
         language sql security definer as $$
             select c, now() - {ago}, now() - {ago}, (select max(at) from ingest.last_receipt),
                    coalesce((select sum(count) from ingest.missed), 0)::bigint, (select max(at) from ingest.missed)
             from unnest(channels) c $$;
         create function ingest.busy_hours_v1(channel_id uuid, since timestamptz) returns table (hour timestamptz, busy int)
         language sql as $$ select null::timestamptz, 0 where false $$;
         create function ingest.repair_silence_v1(channel_id uuid, since timestamptz) returns boolean
         language sql as $$ select false $$;
         grant usage on schema ingest to delivery_app;
         grant execute on all functions in schema ingest to delivery_app"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&stage.owner).await?;
    Ok(())
}

#[tokio::test]
async fn which_is_quiet_and_whose_canaries_are_lost() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    ingest_says(&stage, "interval '13 hours'").await?;
    let every = async |seconds: f64| {
        sqlx::query("select delivery.put_channel_v1(to_jsonb(c) || jsonb_build_object('own_address', '447700900100', 'canary_every', $1)) from delivery.channel c")
            .bind(seconds)
            .execute(&stage.owner)
            .await
    };
    every(0.0).await?;
    let replica = Replica::with(&stage, &[("canary_wait", "100ms"), ("canaries_per_day", "2")]).await?;
    let looked = "select count(*) from delivery.hearing where due_at between now() + interval '50 seconds' and now() + interval '2 minutes'";
    let rests = async || (stage.count(looked).await.ok()? == 1).then_some(());
    eventually(PATIENCE, "the channel to be looked at", rests).await?;
    let canaries = "select count(*) from delivery.canary";
    assert_eq!(stage.count(canaries).await?, 0, "zero is never");

    every(3600.0).await?;
    let again = "update delivery.hearing set due_at = now(), asked_at = asked_at - interval '31 minutes'
                 where due_at between now() and now() + interval '2 minutes'";
    let found = async || {
        sqlx::query(again).execute(&stage.owner).await.ok()?;
        deaf(&stage, &replica).await.ok()?
    };
    let found = eventually(PATIENCE, "the channel to be deaf", found).await?;
    assert_eq!((found.because.as_str(), found.link.as_str()), ("quiet", "webhook"), "{found:?}");
    assert_eq!(stage.count(canaries).await?, 2, "one is a doubt, two are a verdict");
    let asked = "select count(*) from delivery.hearing where asked_at > now() - interval '5 seconds'";
    sqlx::query(again).execute(&stage.owner).await?;
    let asked_again = async || (stage.count(asked).await.ok()? == 1).then_some(());
    eventually(PATIENCE, "the channel to be asked again", asked_again).await?;
    assert_eq!(stage.count(canaries).await?, 2, "no more in a day");
    Ok(())
}

#[tokio::test]
async fn whose_customers_were_missed_until_an_operator_says_that_it_hears() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    ingest_says(&stage, "interval '20 minutes'").await?;
    let replica = Replica::start(&stage).await?;
    sqlx::query("insert into ingest.missed values (2, now() - interval '1 minute')")
        .execute(&stage.owner)
        .await?;
    let found = until_deaf(&stage, &replica).await?;
    assert_eq!((found.because.as_str(), found.link.as_str()), ("missed", "way_back"), "{found:?}");
    let mut connections = ConnectionServiceClient::new(replica.operator()?);
    let channel_id = ChannelId::from_uuid(CHANNEL).to_string();
    let mut request = EndDeafnessRequest { channel_id, reason: String::new(), asked_by: "ada".to_owned() };
    let refused = connections.end_deafness(request.clone()).await.err();
    assert!(refused.is_some_and(|status| status.message().contains("reason")), "it is kept why");
    request.reason = "my own message came through".to_owned();
    assert!(connections.end_deafness(request.clone()).await?.into_inner().ended);
    let kept = "select count(*) from delivery.queue_action where action = 'end_deafness' and asked_by = 'ada' and role = 'operator'";
    assert_eq!(stage.count(kept).await?, 1);
    sqlx::query(LOOK).execute(&stage.owner).await?;
    let rests = "select count(*) from delivery.hearing where deaf is null and due_at between now() + interval '50 seconds' and now() + interval '2 minutes'";
    let rests = async || (stage.count(rests).await.ok()? == 1).then_some(());
    eventually(PATIENCE, "it is looked at, and what was missed before proves nothing", rests).await?;
    assert!(!connections.end_deafness(request).await?.into_inner().ended, "there is nothing to end");
    sqlx::query("insert into ingest.missed values (1, now())").execute(&stage.owner).await?;
    until_deaf(&stage, &replica).await?;

    // It is asked twice an hour, and when its webhook was set.
    stage.write_secret("webhook", "the-webhooks-token")?;
    let account = json!({ "base_url": stage.sim.url(), "instance": "harbour" });
    let secrets = json!({ "api_key": stage.secret("key"), "webhook_token": stage.secret("webhook") });
    stage.put_channel(CHANNEL, "harbour", Pace::FREE, "evolution", account, secrets).await?;
    let asked_since = async |then: String| {
        sqlx::query(LOOK).execute(&stage.owner).await.ok()?;
        let sql = "select count(*) from delivery.hearing where asked_at > $1::timestamptz";
        (sqlx::query_scalar::<_, i64>(sql).bind(then).fetch_one(&stage.owner).await.ok()? == 1).then_some(())
    };
    let now = "select clock_timestamp()::text";
    eventually(PATIENCE, "it is asked", || asked_since("-infinity".to_owned())).await?;
    let now: String = sqlx::query_scalar(now).fetch_one(&stage.owner).await?;
    let request = SetWebhookRequest { channel_id: ChannelId::from_uuid(CHANNEL).to_string() };
    connections.set_webhook(request).await?;
    eventually(PATIENCE, "it is asked again", || asked_since(now.clone())).await
}

#[tokio::test]
async fn whose_bridge_connects_for_too_long() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    stage.sim.fault(Fault::from(FaultKind::Reconnecting {}), Trigger::ALWAYS);
    stage.connection("connecting", None).await?;
    stage.until_door("connecting").await?;
    assert_eq!(deaf(&stage, &replica).await?, None, "it may come back by itself");
    // Its owner would write the door again with the time it knows.
    let longer = "update delivery.channel set door = jsonb_set(door, '{closed,since}', to_jsonb(now() - interval '6 minutes'))";
    let found = async || {
        sqlx::query(longer).execute(&stage.owner).await.ok()?;
        deaf(&stage, &replica).await.ok()?
    };
    let found = eventually(PATIENCE, "the channel to be deaf", found).await?;
    assert_eq!((found.because.as_str(), found.link.as_str()), ("connecting", "connection"));
    assert!(found.next_step.contains("RestartInstance"), "{found:?}");
    let mut queue = QueueServiceClient::new(replica.viewer()?);
    let health = queue.get_queue_health(GetQueueHealthRequest::default()).await?.into_inner();
    assert!(health.issues.iter().any(|issue| issue.starts_with("harbour: deaf: ")), "{health:?}");
    let current = hearing::current(&stage.service).await?;
    assert_eq!(current.iter().map(|one| one.channel).collect::<Vec<_>>(), [ChannelId::from_uuid(CHANNEL)]);

    stage.sim.forgive_all();
    stage.connection("open", None).await?;
    until_it_hears(&stage, &replica).await
}

#[tokio::test]
async fn of_whose_messages_nothing_is_told() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    ingest_says(&stage, "interval '0'").await?;
    let replica = Replica::start(&stage).await?;
    for customer in 0..5 {
        let old: uuid::Uuid =
            sqlx::query_scalar("select uuidv7(interval '-20 minutes')").fetch_one(&stage.owner).await?;
        stage.say(Say::reply(customer, "hello").with("id", old.to_string())).await?;
    }
    stage.until_all("sent", 5).await?;
    sqlx::query("update delivery.message set settled_at = settled_at - interval '16 minutes'")
        .execute(&stage.owner)
        .await?;
    assert_eq!(messages::note_silence(&stage.service, std::time::Duration::from_secs(900)).await?, 5);
    let found = until_deaf(&stage, &replica).await?;
    assert_eq!((found.because.as_str(), found.link.as_str()), ("receipts", "way_back"));
    assert!(found.explanation.contains("5 to 5 people"), "{found:?}");

    sqlx::query("insert into ingest.last_receipt values (now() + interval '1 second')")
        .execute(&stage.owner)
        .await?;
    assert!(
        deaf(&stage, &replica).await?.is_some(),
        "one late receipt does not outweigh five that are missing"
    );
    let rows = "select provider_id from delivery.message";
    for provider_id in sqlx::query_scalar::<_, String>(rows).fetch_all(&stage.owner).await? {
        stage.receipt(&provider_id, "delivered").await?;
    }
    until_it_hears(&stage, &replica).await
}
