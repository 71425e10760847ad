use contract::{
    delivery::v1::{
        GetMessageRequest, GetQueueHealthRequest, GetQueueStatsRequest, ResetToBeginRequest,
        ResetToLatestRequest, RestoreArchivedRequest, message_service_client::MessageServiceClient,
        queue_service_client::QueueServiceClient,
    },
    work::v1::{ListStepsRequest, Step, Thread, timeline_service_client::TimelineServiceClient},
};
use ids::{ConversationId, TenantId};
use serde_json::{Value, json};
use simulators::{faults::Trigger, whatsapp::FaultKind};
use testkit::eventually;
use uuid::Uuid;

use crate::fixture::{PATIENCE, Pace, Replica, Say, Stage, TENANT};

type Queue = QueueServiceClient<rpc::Client>;

impl Stage {
    /// Quiet hours for the next hour, or none.
    async fn hush(&self, quiet: bool) -> anyhow::Result<()> {
        sqlx::query(
            "update delivery.channel set changed_at = clock_timestamp(), quiet_hours = case when $1 then jsonb_build_object(
                 'from', to_char((now() at time zone 'UTC') - interval '1 hour', 'HH24:MI:SS'),
                 'until', to_char((now() at time zone 'UTC') + interval '1 hour', 'HH24:MI:SS'), 'time_zone', 'UTC') end",
        )
        .bind(quiet)
        .execute(&self.owner)
        .await?;
        Ok(())
    }

    /// Everything that was said and held began a minute earlier.
    async fn a_minute_ago(&self) -> anyhow::Result<()> {
        for sql in [
            "update delivery.message set created_at = created_at - interval '1 minute'",
            "update delivery.hold set since = since - interval '1 minute'",
            "update delivery.channel_history set at = at - interval '1 minute' where what = 'slow'",
        ] {
            sqlx::query(sql).execute(&self.owner).await?;
        }
        Ok(())
    }

    async fn time_in(&self, seconds: f64) -> anyhow::Result<Value> {
        Ok(sqlx::query_scalar("select to_json(clock_timestamp() + make_interval(secs => $1))")
            .bind(seconds)
            .fetch_one(&self.owner)
            .await?)
    }
}

/// What is told of a message.
async fn steps(replica: &Replica, say: &Say) -> anyhow::Result<Vec<Step>> {
    let id = |field: &str| say.0[field].as_str().unwrap_or_default().parse::<Uuid>();
    let thread = Thread {
        tenant_id: TenantId::from_uuid(TENANT).to_string(),
        conversation_id: ConversationId::from_uuid(id("conversation_id")?).to_string(),
        correlation_id: id("correlation_id")?.to_string(),
    };
    let mut api = TimelineServiceClient::new(replica.operator()?);
    Ok(api.list_steps(ListStepsRequest { threads: vec![thread] }).await?.into_inner().steps)
}

/// The waits of a message: kind, words, and whether it is over.
async fn waits(replica: &Replica, say: &Say) -> anyhow::Result<Vec<(String, String, bool)>> {
    let steps = steps(replica, say).await?.into_iter().filter(|step| step.kind.starts_with("wait."));
    Ok(steps.map(|step| (step.kind, step.what, step.until.is_some())).collect())
}

async fn begin_again(queue: &mut Queue, count: i64) -> anyhow::Result<()> {
    let again = ResetToBeginRequest {
        channel: "harbour".to_owned(),
        expected_count: Some(count),
        dry_run: false,
        reason: "it is day".to_owned(),
        asked_by: String::new(),
    };
    queue.reset_to_begin(again).await?;
    Ok(())
}

#[tokio::test]
async fn quiet_hours_are_told_while_they_last_and_after_the_message_left() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.hush(true).await?;
    let replica = Replica::start(&stage).await?;
    let reminder = Say::reminder(1, "a reminder");
    let id = stage.say(reminder.clone()).await?;
    stage.until(id, "it waits", |row| row.reason.is_some()).await?;
    // What lasted for a moment only is not told.
    stage.a_minute_ago().await?;
    let told = waits(&replica, &reminder).await?;
    let rule = "it is waiting for the end of the quiet hours (quiet_hours)".to_owned();
    assert!(told.contains(&("wait.rule".to_owned(), rule.clone(), false)), "{told:?}");
    // Lifted: what they held is asked again, and its timeline still says what it waited for.
    stage.hush(false).await?;
    stage.until_state(id, "sent").await?;
    let told = waits(&replica, &reminder).await?;
    assert!(told.contains(&("wait.rule".to_owned(), rule, true)), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn the_time_before_which_it_was_not_to_leave_survives_a_retry() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut queue = Queue::new(replica.operator()?);
    stage.sim.fault(FaultKind::ErrorBefore { status: 503 }, Trigger::next(1));
    let later = Say::reminder(1, "at its time").with("not_before", stage.time_in(0.6).await?);
    let id = stage.say(later.clone()).await?;
    stage.until(id, "it was tried", |row| row.tries == 1).await?;
    // There is nothing to replay while it goes again by itself.
    let asked = GetMessageRequest { message_id: ids::MessageId::from_uuid(id).to_string() };
    let shown = MessageServiceClient::new(replica.viewer()?).get_message(asked).await?.into_inner().message;
    let next_step = shown.unwrap_or_default().next_step;
    assert!(next_step.ends_with("; it is tried again by itself"), "{next_step}");
    begin_again(&mut queue, 1).await?;
    stage.until_state(id, "sent").await?;
    let told = waits(&replica, &later).await?;
    let kinds: Vec<_> = told.iter().map(|(kind, _, over)| (kind.as_str(), *over)).collect();
    assert!(kinds.contains(&("wait.not_before", true)) && kinds.contains(&("wait.retry", true)), "{told:?}");
    Ok(())
}

/// A deploy in the middle of a limit: the new process must not find out by sending.
#[tokio::test]
async fn a_limit_for_the_channel_outlives_its_owner_and_is_told() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.channel(Uuid::from_u128(100), "other", Pace::FREE).await?;
    let replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::RateLimited { retry_after_s: Some(3600) }, Trigger::next(1));
    let refused = stage.say(Say::reply(1, "one too many")).await?;
    stage.until(refused, "it was refused for a limit", |row| row.waits == 1).await?;
    let kept = async || {
        let sql = "select count(*) from delivery.bucket where at > clock_timestamp() + interval '50 minutes'";
        (stage.count(sql).await.ok()? == 1).then_some(())
    };
    eventually(PATIENCE, "the limit is kept", kept).await?;
    replica.stop().await?;

    let heir = Replica::start(&stage).await?;
    let behind = Say::reply(2, "also too many");
    let id = stage.say(behind.clone()).await?;
    let free = Say::reply(3, "elsewhere").with("channel_id", Uuid::from_u128(100).to_string());
    let free = stage.say(free).await?;
    stage.until_state(free, "sent").await?;
    assert_eq!(stage.message(id).await?.attempts, 0);
    stage.a_minute_ago().await?;
    let told = waits(&heir, &behind).await?;
    let limit =
        "a limit for the whole channel: the provider received more messages than it allows".to_owned();
    assert!(told.contains(&("wait.limit".to_owned(), limit, false)), "{told:?}");
    let mut queue = Queue::new(heir.operator()?);
    let health = queue.get_queue_health(GetQueueHealthRequest::default()).await?.into_inner();
    assert!(health.consumers.iter().all(|one| one.idle_ms >= 0), "{health:?}");
    Ok(())
}

#[tokio::test]
async fn what_is_for_later_is_no_backlog_and_nothing_to_worry_about() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut queue = Queue::new(replica.operator()?);
    let tomorrow = stage.time_in(86_400.0).await?;
    let says: Vec<_> =
        (1..=12).map(|n| Say::reminder(n, "tomorrow").with("not_before", tomorrow.clone())).collect();
    stage.enqueue(&says).await?;
    sqlx::query("update delivery.message set created_at = created_at - interval '1 hour'")
        .execute(&stage.owner)
        .await?;
    let read = stage.say(Say::reply(20, "now")).await?;
    let provider_id = stage.until_state(read, "sent").await?.provider_id.unwrap_or_default();
    stage.receipt(&provider_id, "read").await?;
    let health = queue.get_queue_health(GetQueueHealthRequest::default()).await?.into_inner();
    assert_eq!((health.status.as_str(), health.queue_depth, health.later), ("healthy", 0, 12), "{health:?}");
    let stats = queue.get_queue_stats(GetQueueStatsRequest::default()).await?.into_inner();
    assert_eq!((stats.waiting, stats.delayed, stats.completed), (0, 12, 1));
    assert_eq!(stats.by_state.get("read"), Some(&1), "{stats:?}");
    Ok(())
}

#[tokio::test]
async fn a_backlog_that_a_rule_holds_is_skipped_too_but_no_paused_campaign() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.hush(true).await?;
    let replica = Replica::start(&stage).await?;
    let mut queue = Queue::new(replica.operator()?);
    let ids = stage.say_all(&[Say::reminder(1, "held"), Say::reminder(2, "of a paused campaign")]).await?;
    for id in &ids {
        stage.until(*id, "it waits", |row| row.reason.is_some()).await?;
    }
    // As `move_campaign` pauses, also what was tried before.
    sqlx::query(
        "update delivery.message set due_at = '9000-01-01Z', attempts = 1, reason = $2 where id = $1",
    )
    .bind(ids[1])
    .bind(json!({"cause": "campaign_paused", "cause_text": "the campaign is paused"}))
    .execute(&stage.owner)
    .await?;
    let skip = ResetToLatestRequest {
        channel: "harbour".to_owned(),
        expected_count: Some(1),
        dry_run: false,
        reason: "old news".to_owned(),
        asked_by: String::new(),
    };
    let action = queue.reset_to_latest(skip).await?.into_inner().action.unwrap_or_default();
    assert_eq!(stage.message(ids[0]).await?.state, "cancelled");
    stage.hush(false).await?;
    let back = RestoreArchivedRequest {
        action_id: action.id,
        expected_count: Some(1),
        dry_run: false,
        reason: "no, it was not".to_owned(),
        asked_by: String::new(),
    };
    queue.restore_archived(back).await?;
    stage.until_state(ids[0], "sent").await?;
    begin_again(&mut queue, 1).await?;
    let still = stage.message(ids[1]).await?;
    assert_eq!(still.state, "queued");
    assert!(still.due_in.is_some_and(|seconds| seconds > 1e9), "{still:?}");
    assert_eq!(stage.texts(), ["held"]);
    let away: i64 = stage.count("select count(*) from delivery.hold where cause = 'archived'").await?;
    assert_eq!(away, 1, "its timeline can say that it was away");
    Ok(())
}
