//! `frontdesk.delivery.v1.QueueService`.

use bus::Bus;
use clock::SharedClock;
use contract::delivery::v1::{
    ClaimPendingToWorkerRequest, ClaimPendingToWorkerResponse, DestroyRecreateRequest,
    DestroyRecreateResponse, GetQueueHealthRequest, GetQueueHealthResponse, GetQueueStatsRequest,
    GetQueueStatsResponse, ListQueueActionsRequest, ListQueueActionsResponse, ListRecentFailuresRequest,
    ListRecentFailuresResponse, LookNowRequest, LookNowResponse, ResetToBeginRequest, ResetToBeginResponse,
    ResetToLatestRequest, ResetToLatestResponse, RestoreArchivedRequest, RestoreArchivedResponse,
    queue_service_server::QueueService,
};
use ids::InstanceId;
use rpc::{Role, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::queue_changes::Wanted;

/// The service's state.
#[derive(Clone, Debug)]
pub struct Queues {
    /// Rows.
    pub pool: PgPool,
    /// Wakes owners.
    pub bus: Bus,
    /// Since when is counted.
    pub clock: SharedClock,
    /// The process that answers.
    pub me: InstanceId,
}

#[tonic::async_trait]
impl QueueService for Queues {
    async fn get_queue_health(
        &self,
        request: Request<GetQueueHealthRequest>,
    ) -> Result<Response<GetQueueHealthResponse>, Status> {
        require(&request, Role::Viewer)?;
        Ok(Response::new(self.health(&request.get_ref().channel).await?))
    }

    async fn get_queue_stats(
        &self,
        request: Request<GetQueueStatsRequest>,
    ) -> Result<Response<GetQueueStatsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        Ok(Response::new(self.stats(&asked.channel, asked.hours).await?))
    }

    async fn list_recent_failures(
        &self,
        request: Request<ListRecentFailuresRequest>,
    ) -> Result<Response<ListRecentFailuresResponse>, Status> {
        let caller = require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let shown = caller.role.permits(Role::Operator);
        Ok(Response::new(self.failures(&asked.channel, asked.limit, shown).await?))
    }

    async fn reset_to_latest(
        &self,
        request: Request<ResetToLatestRequest>,
    ) -> Result<Response<ResetToLatestResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let ResetToLatestRequest { channel, expected_count, dry_run, reason, asked_by } =
            request.into_inner();
        let wanted = Wanted::read(caller, expected_count, dry_run, &reason, &asked_by)?;
        let action = Some(self.skip(&channel, &wanted).await?);
        Ok(Response::new(ResetToLatestResponse { action }))
    }

    async fn reset_to_begin(
        &self,
        request: Request<ResetToBeginRequest>,
    ) -> Result<Response<ResetToBeginResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let ResetToBeginRequest { channel, expected_count, dry_run, reason, asked_by } = request.into_inner();
        let wanted = Wanted::read(caller, expected_count, dry_run, &reason, &asked_by)?;
        let action = Some(self.look_again(&channel, &wanted).await?);
        Ok(Response::new(ResetToBeginResponse { action }))
    }

    async fn destroy_recreate(
        &self,
        request: Request<DestroyRecreateRequest>,
    ) -> Result<Response<DestroyRecreateResponse>, Status> {
        let caller = require(&request, Role::Admin)?;
        let DestroyRecreateRequest { channel, expected_count, dry_run, reason, asked_by } =
            request.into_inner();
        let wanted = Wanted::read(caller, expected_count, dry_run, &reason, &asked_by)?;
        let action = Some(self.recreate(&channel, &wanted).await?);
        Ok(Response::new(DestroyRecreateResponse { action }))
    }

    async fn claim_pending_to_worker(
        &self,
        request: Request<ClaimPendingToWorkerRequest>,
    ) -> Result<Response<ClaimPendingToWorkerResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let asked = request.into_inner();
        let wanted =
            Wanted::read(caller, asked.expected_count, asked.dry_run, &asked.reason, &asked.asked_by)?;
        let action = Some(self.give_to(&asked.channel, &asked.worker, &wanted).await?);
        Ok(Response::new(ClaimPendingToWorkerResponse { action }))
    }

    async fn restore_archived(
        &self,
        request: Request<RestoreArchivedRequest>,
    ) -> Result<Response<RestoreArchivedResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let RestoreArchivedRequest { action_id, expected_count, dry_run, reason, asked_by } =
            request.into_inner();
        let wanted = Wanted::read(caller, expected_count, dry_run, &reason, &asked_by)?;
        let action = Some(self.bring_back(&action_id, &wanted).await?);
        Ok(Response::new(RestoreArchivedResponse { action }))
    }

    async fn look_now(&self, request: Request<LookNowRequest>) -> Result<Response<LookNowResponse>, Status> {
        require(&request, Role::Operator)?;
        Ok(Response::new(self.wake_all().await?))
    }

    async fn list_queue_actions(
        &self,
        request: Request<ListQueueActionsRequest>,
    ) -> Result<Response<ListQueueActionsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        Ok(Response::new(self.actions(asked.page_size, &asked.page_token).await?))
    }
}
