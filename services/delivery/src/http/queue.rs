//! The old systems' routes for the queue: thin faces on `QueueService`, with the same tokens and roles.
//!
//! | Request | gRPC |
//! |---|---|
//! | `GET /admin/streams/health[?form=full][&channel=…]` | `GetQueueHealth` |
//! | `GET /api/queue/stats` | `GetQueueStats` |
//! | `POST /admin/streams/reset-to-latest` | `ResetToLatest` |
//! | `POST /admin/streams/reset-to-begin` | `ResetToBegin` |
//! | `DELETE /admin/streams/destroy-recreate` | `DestroyRecreate` |
//! | `POST /admin/streams/claim-pending-to-worker` | `ClaimPendingToWorker` |
//! | `POST /admin/streams/restore-archived` | `RestoreArchived` |
//! | `POST /api/webhooks/outbox-trigger` | `LookNow` |

use axum::extract::{Query, State};
use axum::routing::{delete, get, post};
use axum::{Extension, Json, Router};
use contract::delivery::v1::QueueAction;
use rpc::{Caller, Failure, Role};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grpc::{Queues, Wanted};

/// All routes.
pub fn router(queues: Queues) -> Router {
    Router::new()
        .route("/admin/streams/health", get(health))
        .route("/api/queue/stats", get(stats))
        .route("/admin/streams/reset-to-latest", post(reset_to_latest))
        .route("/admin/streams/reset-to-begin", post(reset_to_begin))
        .route("/admin/streams/destroy-recreate", delete(destroy_recreate))
        .route("/admin/streams/claim-pending-to-worker", post(claim_pending_to_worker))
        .route("/admin/streams/restore-archived", post(restore_archived))
        .route("/api/webhooks/outbox-trigger", post(outbox_trigger))
        .with_state(queues)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Of {
    /// Id or slug; `instance` is what the old system called it.
    #[serde(alias = "instance")]
    channel: String,
    form: String,
    hours: i32,
}

async fn health(
    State(queues): State<Queues>,
    Extension(caller): Extension<Caller>,
    Query(of): Query<Of>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Viewer)?;
    let health = queues.health(&of.channel).await?;
    let mut shown = json!({
        "status": health.status, "queue_depth": health.queue_depth, "consumers_count": health.consumers_count,
        "pending": health.pending, "dlq_depth": health.dlq_depth,
    });
    if of.form == "full"
        && let Some(fields) = shown.as_object_mut()
    {
        let consumers: Vec<Value> = health
            .consumers
            .into_iter()
            .map(|one| {
                json!({
                    "name": one.name, "channel_id": one.channel_id, "worker": one.worker, "depth": one.depth,
                    "later": one.later, "pending": one.pending, "idle": one.idle_ms, "door": one.door,
                })
            })
            .collect();
        fields.insert("later".to_owned(), health.later.into());
        fields.insert("instance".to_owned(), health.instance.into());
        fields.insert("last_delivered_id".to_owned(), health.last_delivered_id.into());
        fields.insert("consumers".to_owned(), consumers.into());
        fields.insert("issues".to_owned(), health.issues.into());
        fields.insert("recommendations".to_owned(), health.recommendations.into());
    }
    Ok(Json(shown))
}

async fn stats(
    State(queues): State<Queues>,
    Extension(caller): Extension<Caller>,
    Query(of): Query<Of>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Viewer)?;
    let stats = queues.stats(&of.channel, of.hours).await?;
    Ok(Json(json!({
        "waiting": stats.waiting, "active": stats.active, "completed": stats.completed, "failed": stats.failed,
        "delayed": stats.delayed,
    })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Change {
    #[serde(alias = "instance")]
    channel: String,
    worker: String,
    action_id: String,
    expected_count: Option<i64>,
    dry_run: bool,
    reason: String,
    asked_by: String,
}

impl Change {
    fn wanted(&self, caller: Caller) -> Result<Wanted, Failure> {
        Wanted::read(caller, self.expected_count, self.dry_run, &self.reason, &self.asked_by)
    }
}

async fn reset_to_latest(
    State(queues): State<Queues>,
    Extension(caller): Extension<Caller>,
    rpc::Json(change): rpc::Json<Change>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Operator)?;
    Ok(shown(queues.skip(&change.channel, &change.wanted(caller)?).await?))
}

async fn reset_to_begin(
    State(queues): State<Queues>,
    Extension(caller): Extension<Caller>,
    rpc::Json(change): rpc::Json<Change>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Operator)?;
    Ok(shown(queues.look_again(&change.channel, &change.wanted(caller)?).await?))
}

async fn destroy_recreate(
    State(queues): State<Queues>,
    Extension(caller): Extension<Caller>,
    rpc::Json(change): rpc::Json<Change>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Admin)?;
    Ok(shown(queues.recreate(&change.channel, &change.wanted(caller)?).await?))
}

async fn claim_pending_to_worker(
    State(queues): State<Queues>,
    Extension(caller): Extension<Caller>,
    rpc::Json(change): rpc::Json<Change>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Operator)?;
    Ok(shown(queues.give_to(&change.channel, &change.worker, &change.wanted(caller)?).await?))
}

async fn restore_archived(
    State(queues): State<Queues>,
    Extension(caller): Extension<Caller>,
    rpc::Json(change): rpc::Json<Change>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Operator)?;
    Ok(shown(queues.bring_back(&change.action_id, &change.wanted(caller)?).await?))
}

async fn outbox_trigger(
    State(queues): State<Queues>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Operator)?;
    let woken = queues.wake_all().await?;
    Ok(Json(json!({ "channels": woken.channels, "waiting": woken.waiting })))
}

/// An action in JSON; without an id it was only asked about.
fn shown(action: QueueAction) -> Json<Value> {
    Json(json!({
        "action_id": action.id, "action": action.action, "channel_id": action.channel_id, "count": action.count,
        "dry_run": action.id.is_empty(),
    }))
}
