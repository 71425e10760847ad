//! `frontdesk.work.v1.DeadItemService`, for items that came in.

use std::time::Duration;

use bus::{Bus, streams};
use clock::SharedClock;
use contract::work::v1::{
    DiscardDeadItemRequest, DiscardDeadItemResponse, GetDeadItemRequest, GetDeadItemResponse,
    ListDeadItemsRequest, ListDeadItemsResponse, ReplayDeadItemRequest, ReplayDeadItemResponse,
    WakeKeyRequest, WakeKeyResponse, dead_item_service_server::DeadItemService,
};
use ids::{ConversationId, ItemId};
use rpc::{Failure, Role, parse, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::convert;
use crate::store::{
    conversations,
    dead_items::{self, DeadRow},
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct DeadItems {
    /// Rows.
    pub pool: PgPool,
    /// Wakes conversations.
    pub bus: Bus,
    /// What is too late.
    pub clock: SharedClock,
    /// An older message is not answered by the machine.
    pub stale_after: Duration,
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
        let cause = (!asked.cause.is_empty()).then_some(asked.cause.as_str());
        let tenant = parse::optional_id("tenant_id", &asked.tenant_id)?;
        let rows = dead_items::list(&self.pool, None, after, cause, tenant, most.into())
            .await
            .map_err(Failure::internal)?;
        let next_cursor = rows
            .last()
            .filter(|_| rows.len() == most as usize)
            .map(|row| parse::cursor(row.died_at, row.id))
            .unwrap_or_default();
        Ok(Response::new(ListDeadItemsResponse {
            items: rows.iter().map(|row| convert::dead_item(row, self.stale_after)).collect(),
            next_cursor,
        }))
    }

    async fn get_dead_item(
        &self,
        request: Request<GetDeadItemRequest>,
    ) -> Result<Response<GetDeadItemResponse>, Status> {
        require(&request, Role::Operator)?;
        let row = self.find(&request.get_ref().id).await?;
        let failed = dead_items::failed_turns(&self.pool, row.id).await.map_err(Failure::internal)?;
        let payload = dead_items::payload(&self.pool, row.id).await.map_err(Failure::internal)?;
        let resolved = |field| convert::said(row.resolution.as_ref(), field);
        let replayed_as = resolved("replayed_as").parse().map(|id| ItemId::from_uuid(id).to_string());
        Ok(Response::new(GetDeadItemResponse {
            item: Some(convert::dead_item(&row, self.stale_after)),
            payload_json: payload.unwrap_or_default().to_string(),
            attempts: convert::attempts(&failed, &row),
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
        let too_late = self.clock.now() >= row.written_at + self.stale_after;
        if request.get_ref().keep_expiry && too_late {
            return Err(Failure::precondition(
                "it is too old to be answered by the machine",
                "leave keep_expiry out, and staff will see it as new; or discard it",
            )
            .into());
        }
        if request.get_ref().dry_run {
            let effect =
                "it would be appended to its conversation again and answered when its turn comes".to_owned();
            return Ok(Response::new(ReplayDeadItemResponse { new_item_id: String::new(), effect }));
        }
        let made = dead_items::replay(&self.pool, row.id).await.map_err(Failure::internal)?;
        let (new, conversation, tenant) = made.ok_or_else(|| Failure::not_found("dead item", row.id))?;
        self.bus.wake(streams::inbound_subject(tenant.uuid()), conversation.uuid()).await;
        Ok(Response::new(ReplayDeadItemResponse {
            new_item_id: new.to_string(),
            effect: format!("appended again as {new}"),
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
            return Err(Failure::precondition("it was replayed", "look at the new item instead").into());
        }
        dead_items::discard(&self.pool, row.id, &reason).await.map_err(Failure::internal)?;
        Ok(Response::new(DiscardDeadItemResponse { item: Some(convert::dead_item(&row, self.stale_after)) }))
    }

    async fn wake_key(&self, request: Request<WakeKeyRequest>) -> Result<Response<WakeKeyResponse>, Status> {
        require(&request, Role::Operator)?;
        let id: ConversationId = parse::id("key", &request.get_ref().key)?;
        let rows =
            conversations::list(&self.pool, Some(id), None, None, 0, 1).await.map_err(Failure::internal)?;
        let row = rows.first().ok_or_else(|| Failure::not_found("conversation", id))?;
        self.bus.wake(streams::inbound_subject(row.tenant_id.uuid()), id.uuid()).await;
        Ok(Response::new(WakeKeyResponse { waiting: row.undone.unsigned_abs() }))
    }
}

impl DeadItems {
    async fn find(&self, id: &str) -> Result<DeadRow, Failure> {
        let id: ItemId = parse::id("id", id)?;
        let mut rows =
            dead_items::list(&self.pool, Some(id), None, None, None, 1).await.map_err(Failure::internal)?;
        rows.pop().ok_or_else(|| Failure::not_found("dead item", id))
    }
}
