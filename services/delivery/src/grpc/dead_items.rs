//! `frontdesk.work.v1.DeadItemService`, for messages.

use bus::{Bus, streams};
use clock::SharedClock;
use contract::work::v1::{
    Attempt, DiscardDeadItemRequest, DiscardDeadItemResponse, GetDeadItemRequest, GetDeadItemResponse,
    ListDeadItemsRequest, ListDeadItemsResponse, ReplayDeadItemRequest, ReplayDeadItemResponse,
    WakeKeyRequest, WakeKeyResponse, dead_item_service_server::DeadItemService,
};
use ids::{ChannelId, MessageId};
use rpc::{Failure, Role, parse, parse::proto_time, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert;
use crate::store::{
    dead_items::{self, DeadRow},
    messages,
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct DeadItems {
    /// Rows.
    pub pool: PgPool,
    /// Wakes channels.
    pub bus: Bus,
    /// What is too late.
    pub clock: SharedClock,
    /// Whether providers are called at all.
    pub sending: bool,
}

#[tonic::async_trait]
impl DeadItemService for DeadItems {
    async fn list_dead_items(
        &self,
        request: Request<ListDeadItemsRequest>,
    ) -> Result<Response<ListDeadItemsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let most = parse::page_size("page_size", asked.page_size, 50, 500)?;
        let after = parse::after("after", &asked.after)?;
        let cause = (!asked.cause.is_empty()).then(|| asked.cause.to_lowercase());
        let tenant = parse::optional_id("tenant_id", &asked.tenant_id)?;
        let rows = dead_items::list(&self.pool, None, after, cause.as_deref(), tenant, most.into())
            .await
            .map_err(Failure::internal)?;
        let next_cursor = rows
            .last()
            .filter(|_| rows.len() == most as usize)
            .map(|row| parse::cursor(row.died_at, row.id))
            .unwrap_or_default();
        Ok(Response::new(ListDeadItemsResponse {
            items: rows.iter().map(convert::dead_item).collect(),
            next_cursor,
        }))
    }

    async fn get_dead_item(
        &self,
        request: Request<GetDeadItemRequest>,
    ) -> Result<Response<GetDeadItemResponse>, Status> {
        require(&request, Role::Operator)?;
        let row = self.find(&request.get_ref().id).await?;
        let payload = dead_items::payload(&self.pool, row.id).await.map_err(Failure::internal)?;
        let attempts = messages::attempts(&self.pool, row.id).await.map_err(Failure::internal)?;
        let resolved = |field| convert::said(row.resolution.as_ref(), field);
        let replayed_as = resolved("replayed_as").parse().map(|id| MessageId::from_uuid(id).to_string());
        Ok(Response::new(GetDeadItemResponse {
            item: Some(convert::dead_item(&row)),
            payload_json: payload.unwrap_or_default().to_string(),
            attempts: attempts
                .into_iter()
                .map(|attempt| Attempt {
                    number: attempt.n.unsigned_abs(),
                    started_at: Some(proto_time(attempt.started_at)),
                    ended_at: Some(proto_time(attempt.ended_at)),
                    outcome: attempt.outcome,
                    retry_class: attempt.class.unwrap_or_default(),
                    code: attempt.code.unwrap_or_default(),
                    cause: attempt.cause.unwrap_or_default(),
                })
                .collect(),
            replayed_as: replayed_as.unwrap_or_default(),
            discarded_because: resolved("discarded_because"),
        }))
    }

    async fn replay_dead_item(
        &self,
        request: Request<ReplayDeadItemRequest>,
    ) -> Result<Response<ReplayDeadItemResponse>, Status> {
        require(&request, Role::Operator)?;
        let row = self.find(&request.get_ref().id).await?;
        let discarded = convert::said(row.resolution.as_ref(), "discarded_because");
        if !discarded.is_empty() {
            return Err(Failure::precondition(
                format!("it was discarded: {discarded}"),
                "nothing more can be done with it",
            )
            .into());
        }
        let keep_expiry = request.get_ref().keep_expiry;
        if keep_expiry && row.not_after.is_some_and(|not_after| not_after <= self.clock.now()) {
            return Err(too_late().into());
        }
        if request.get_ref().dry_run {
            let prospect = dead_items::prospect(&self.pool, row.id, self.sending, self.clock.now()).await;
            let effect = prospect.map_err(Failure::internal)?.unwrap_or_default().words();
            return Ok(Response::new(ReplayDeadItemResponse { new_item_id: String::new(), effect }));
        }
        let made = dead_items::replay(&self.pool, row.id, keep_expiry).await.map_err(Failure::internal)?;
        let (new, channel) = made.ok_or_else(|| Failure::not_found("dead message", row.id))?;
        self.bus.wake(streams::outbound_subject(channel.uuid()), new.uuid()).await;
        Ok(Response::new(ReplayDeadItemResponse {
            new_item_id: new.to_string(),
            effect: format!("queued again as {new}, at the end of its line"),
        }))
    }

    async fn discard_dead_item(
        &self,
        request: Request<DiscardDeadItemRequest>,
    ) -> Result<Response<DiscardDeadItemResponse>, Status> {
        require(&request, Role::Operator)?;
        let reason = parse::text("reason", &request.get_ref().reason, 500)?;
        let row = self.find(&request.get_ref().id).await?;
        let replayed = convert::said(row.resolution.as_ref(), "replayed_as");
        if !replayed.is_empty() {
            return Err(Failure::precondition("it was replayed", "look at the new message instead").into());
        }
        dead_items::discard(&self.pool, row.id, &reason).await.map_err(Failure::internal)?;
        Ok(Response::new(DiscardDeadItemResponse { item: Some(convert::dead_item(&row)) }))
    }

    async fn wake_key(&self, request: Request<WakeKeyRequest>) -> Result<Response<WakeKeyResponse>, Status> {
        require(&request, Role::Operator)?;
        let channel: ChannelId = parse::id("key", &request.get_ref().key)?;
        let waiting = dead_items::waiting(&self.pool, channel).await.map_err(Failure::internal)?;
        self.bus.wake(streams::outbound_subject(channel.uuid()), Uuid::nil()).await;
        Ok(Response::new(WakeKeyResponse { waiting: waiting.unsigned_abs() }))
    }
}

impl DeadItems {
    async fn find(&self, id: &str) -> Result<DeadRow, Failure> {
        let id: MessageId = parse::id("id", id)?;
        let mut rows =
            dead_items::list(&self.pool, Some(id), None, None, None, 1).await.map_err(Failure::internal)?;
        rows.pop().ok_or_else(|| Failure::not_found("dead message", id))
    }
}

fn too_late() -> Failure {
    Failure::precondition(
        "its time has passed",
        "leave keep_expiry out if it should be said all the same, or discard it",
    )
}
