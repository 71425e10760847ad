use contract::delivery::v1::{
    ClaimPendingToWorkerRequest, DestroyRecreateRequest, GetQueueHealthRequest, GetQueueStatsRequest,
    ListQueueActionsRequest, ListRecentFailuresRequest, LookNowRequest, PauseChannelRequest,
    ResetToBeginRequest, ResetToLatestRequest, RestoreArchivedRequest, ResumeChannelRequest,
    channel_service_client::ChannelServiceClient, queue_service_client::QueueServiceClient,
};
use ids::ChannelId;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{faults::Trigger, whatsapp::FaultKind};
use testkit::eventually;
use tonic::Code;
use tonic_types::StatusExt;

use crate::fixture::{CHANNEL, PATIENCE, Replica, Say, Stage};

const SLUG: &str = "harbour";

fn id() -> String {
    ChannelId::from_uuid(CHANNEL).to_string()
}

#[tokio::test]
async fn a_backlog_is_skipped_and_brought_back() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut channels = ChannelServiceClient::new(replica.operator()?);
    let mut queue = QueueServiceClient::new(replica.operator()?);
    let pause = PauseChannelRequest {
        channel_id: id(),
        reason: "a complaint".to_owned(),
        asked_by: "Ana".to_owned(),
    };
    channels.pause_channel(pause).await?;
    stage.until_door("paused").await?;
    for customer in 1..=3 {
        stage.say(Say::reply(customer, format!("old {customer}"))).await?;
    }
    let health = queue.get_queue_health(GetQueueHealthRequest::default()).await?.into_inner();
    assert_eq!((health.status.as_str(), health.queue_depth, health.consumers_count), ("unhealthy", 3, 1));
    assert!(health.issues[0].contains("paused the channel"), "{health:?}");
    assert_eq!(health.issues.len(), health.recommendations.len());
    assert_eq!((health.consumers[0].name.as_str(), health.consumers[0].door.as_str()), (SLUG, "paused"));
    let stats = queue.get_queue_stats(GetQueueStatsRequest::default()).await?.into_inner();
    assert_eq!((stats.waiting, stats.active, stats.delayed, stats.completed), (3, 0, 0, 0));

    // Nobody skips by mistake: the number must be known, and a dry run changes nothing.
    let skip = |expected_count, dry_run| ResetToLatestRequest {
        channel: SLUG.to_owned(),
        expected_count,
        dry_run,
        reason: "a flood of old news".to_owned(),
        asked_by: "Ana".to_owned(),
    };
    let Err(refused) = queue.reset_to_latest(skip(Some(7), false)).await else { panic!("7 were skipped") };
    assert_eq!(refused.code(), Code::Aborted);
    let info =
        refused.get_details_error_info().map(|info| (info.reason, info.metadata.get("count").cloned()));
    assert_eq!(info, Some(("COUNT_DIFFERS".to_owned(), Some("3".to_owned()))));
    let dry = queue.reset_to_latest(skip(None, true)).await?.into_inner().action.unwrap_or_default();
    assert_eq!((dry.count, dry.id.as_str()), (3, ""));
    assert_eq!(stage.states().await?.get("queued"), Some(&3));
    let mut viewer = QueueServiceClient::new(replica.viewer()?);
    let refused = viewer.reset_to_latest(skip(Some(3), false)).await.map_err(|status| status.code());
    assert_eq!(refused.err(), Some(Code::PermissionDenied));

    let skipped = queue.reset_to_latest(skip(Some(3), false)).await?.into_inner().action.unwrap_or_default();
    assert_eq!((skipped.count, skipped.action.as_str()), (3, "reset_to_latest"));
    let new = stage.say(Say::reply(9, "new")).await?;
    channels.resume_channel(ResumeChannelRequest { channel_id: id(), ..Default::default() }).await?;
    stage.until_state(new, "sent").await?;
    assert_eq!(stage.texts(), ["new"]);

    let restore = |expected_count| RestoreArchivedRequest {
        action_id: skipped.id.clone(),
        expected_count,
        dry_run: false,
        reason: "it was no news after all".to_owned(),
        asked_by: String::new(),
    };
    let differs = queue.restore_archived(restore(Some(2))).await.map_err(|status| status.code());
    assert_eq!(differs.err(), Some(Code::Aborted));
    queue.restore_archived(restore(Some(3))).await?;
    stage.until_all("sent", 4).await?;
    let again = queue.restore_archived(restore(Some(3))).await.map_err(|status| status.code());
    assert_eq!(again.err(), Some(Code::FailedPrecondition));

    let actions = viewer.list_queue_actions(ListQueueActionsRequest::default()).await?.into_inner().actions;
    let told: Vec<_> =
        actions.iter().map(|one| (one.action.as_str(), one.count, one.role.as_str())).collect();
    let expected = [("restore_archived", 3), ("resume", 1), ("reset_to_latest", 3), ("pause", 0)];
    assert_eq!(told, expected.map(|(action, count)| (action, count, "operator")));
    assert_eq!((actions[2].asked_by.as_str(), actions[2].restored_at.is_some()), ("Ana", true));
    assert_eq!((actions[3].asked_by.as_str(), actions[3].reason.as_str()), ("Ana", "a complaint"));
    let healthy = queue.get_queue_health(GetQueueHealthRequest::default()).await?.into_inner();
    assert_eq!((healthy.status.as_str(), healthy.queue_depth, healthy.issues.len()), ("healthy", 0, 0));
    assert!(healthy.last_delivered_id.starts_with("msg_"), "{healthy:?}");
    Ok(())
}

#[tokio::test]
async fn what_is_undone_is_looked_at_again_and_sent_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut queue = QueueServiceClient::new(replica.operator()?);
    stage.sim.fault(FaultKind::ErrorBefore { status: 503 }, Trigger::next(1));
    let waits = stage.say(Say::reply(1, "after the retry")).await?;
    stage.until(waits, "it waits for its retry", |row| row.tries == 1).await?;
    let stats = queue.get_queue_stats(GetQueueStatsRequest::default()).await?.into_inner();
    assert_eq!((stats.waiting, stats.delayed), (0, 1));
    let again = ResetToBeginRequest {
        channel: id(),
        expected_count: Some(1),
        dry_run: false,
        reason: "the provider is back".to_owned(),
        asked_by: String::new(),
    };
    queue.reset_to_begin(again).await?;
    stage.until_state(waits, "sent").await?;

    // Its wake-ups and consumer are dropped: it is made again, and nothing is lost or said twice.
    let destroy = DestroyRecreateRequest {
        channel: SLUG.to_owned(),
        expected_count: Some(0),
        dry_run: false,
        reason: "a fresh start".to_owned(),
        asked_by: String::new(),
    };
    let forbidden = queue.destroy_recreate(destroy.clone()).await.map_err(|status| status.code());
    assert_eq!(forbidden.err(), Some(Code::PermissionDenied));
    QueueServiceClient::new(replica.admin()?).destroy_recreate(destroy).await?;
    let after = stage.say(Say::reply(2, "after the fresh start")).await?;
    stage.until_state(after, "sent").await?;
    stage.until_it_listens().await?;
    assert_eq!(stage.texts(), ["after the retry", "after the fresh start"]);
    let woken = queue.look_now(LookNowRequest {}).await?.into_inner();
    assert_eq!((woken.channels, woken.waiting), (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_channel_goes_to_the_process_that_is_named() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let one = Replica::start(&stage).await?;
    let _other = Replica::start(&stage).await?;
    let mut queue = QueueServiceClient::new(one.operator()?);
    let two = async || (stage.count("select count(*) from delivery.instance").await.ok()? == 2).then_some(());
    eventually(PATIENCE, "both live", two).await?;
    let looker = queue.clone();
    let owner = async || {
        let health =
            looker.clone().get_queue_health(GetQueueHealthRequest::default()).await.ok()?.into_inner();
        health.consumers.first().map(|consumer| consumer.worker.clone()).filter(|worker| !worker.is_empty())
    };
    let has = eventually(PATIENCE, "an owner", owner).await?;
    let workers: Vec<uuid::Uuid> =
        sqlx::query_scalar("select id from delivery.instance").fetch_all(&stage.owner).await?;
    let idle = workers
        .into_iter()
        .map(|id| ids::InstanceId::from_uuid(id).to_string())
        .find(|id| *id != has)
        .unwrap_or_default();
    let give = |worker: &str| ClaimPendingToWorkerRequest {
        channel: SLUG.to_owned(),
        worker: worker.to_owned(),
        expected_count: Some(0),
        dry_run: false,
        reason: "the other one is slow".to_owned(),
        asked_by: String::new(),
    };
    let nobody = ids::InstanceId::generate().to_string();
    let Err(refused) = queue.claim_pending_to_worker(give(&nobody)).await else { panic!("given to nobody") };
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains(&idle), "{refused:?}");
    queue.claim_pending_to_worker(give(&idle)).await?;
    let moved = async || (owner().await? == idle).then_some(());
    eventually(PATIENCE, "the channel to move", moved).await?;
    let sent = stage.say(Say::reply(1, "by the other one")).await?;
    stage.until_state(sent, "sent").await?;
    assert_eq!(owner().await.as_deref(), Some(idle.as_str()));
    Ok(())
}

#[tokio::test]
async fn the_old_routes_answer_as_they_did() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::NotOnWhatsapp {}, Trigger::next(1));
    let dead = stage.say(Say::reply(1, "to nobody")).await?;
    stage.until_state(dead, "dead").await?;
    let get = async |path: &str| -> anyhow::Result<Value> {
        Ok(replica.http(Method::GET, path).send().await?.error_for_status()?.json().await?)
    };
    let short = get("/admin/streams/health").await?;
    assert_eq!(
        short,
        json!({"status": "degraded", "queue_depth": 0, "consumers_count": 1, "pending": 0, "dlq_depth": 1})
    );
    let full = get("/admin/streams/health?form=full&instance=harbour").await?;
    for field in ["instance", "last_delivered_id", "consumers", "issues", "recommendations"] {
        assert!(!full[field].is_null(), "{field}: {full}");
    }
    assert!(full["consumers"][0]["idle"].is_i64() && full["consumers"][0]["name"] == SLUG, "{full}");
    let stats = get("/api/queue/stats").await?;
    assert_eq!(stats, json!({"waiting": 0, "active": 0, "completed": 0, "failed": 1, "delayed": 0}));

    let post = |path: &str, body: Value| replica.http(Method::POST, path).body(body.to_string());
    let body = json!({"instance": SLUG, "expected_count": 5, "reason": "too old"});
    let refused = post("/admin/streams/reset-to-latest", body).send().await?;
    assert_eq!(refused.status(), 409);
    assert_eq!(refused.json::<Value>().await?["count"], "0");
    let body = json!({"channel": SLUG, "expected_count": 0, "reason": "too old"});
    let done = post("/admin/streams/reset-to-latest", body).send().await?;
    assert_eq!(done.status(), 200);
    assert_eq!(done.json::<Value>().await?["count"], 0);
    let trigger = post("/api/webhooks/outbox-trigger", json!({})).send().await?;
    assert_eq!(trigger.status(), 200);
    let unknown = reqwest::Client::new()
        .post(replica.http(Method::POST, "/api/webhooks/outbox-trigger").build()?.url().clone())
        .bearer_auth("nobody")
        .send()
        .await?;
    assert_eq!(unknown.status(), 401);

    // What failed, for those who may read it.
    let most = ListRecentFailuresRequest::default();
    let mut queue = QueueServiceClient::new(replica.operator()?);
    let failed = queue.list_recent_failures(most.clone()).await?.into_inner().failures;
    assert_eq!((failed.len(), failed[0].message_text.as_str()), (1, "to nobody"));
    assert!(!failed[0].to_number.is_empty() && failed[0].retry_count == 1 && !failed[0].cause.is_empty());
    let mut viewer = QueueServiceClient::new(replica.viewer()?);
    let masked = viewer.list_recent_failures(most).await?.into_inner().failures;
    assert_eq!((masked[0].message_text.as_str(), masked[0].to_number.as_str()), ("", ""));
    Ok(())
}
