//! `frontdesk.ingest.v1.QuarantineService`.

use contract::ingest::v1::quarantine_service_server::QuarantineService;
use contract::ingest::v1::{
    GetQuarantinedPayloadRequest, GetQuarantinedPayloadResponse, ListQuarantinedPayloadsRequest,
    ListQuarantinedPayloadsResponse, ReplayQuarantinedPayloadRequest, ReplayQuarantinedPayloadResponse,
};
use ids::QuarantineId;
use rpc::{Failure, Role, parse, require};
use tonic::{Request, Response, Status};

use super::convert;
use crate::intake::{Intake, ReplayError};
use crate::store::quarantine::{self, Filter};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Quarantine(pub Intake);

#[tonic::async_trait]
impl QuarantineService for Quarantine {
    async fn list_quarantined_payloads(
        &self,
        request: Request<ListQuarantinedPayloadsRequest>,
    ) -> Result<Response<ListQuarantinedPayloadsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let provider = convert::provider(request.get_ref().provider());
        let asked = request.into_inner();
        let most = i64::from(parse::page_size("page_size", asked.page_size, 50, 500)?);
        let filter = Filter {
            provider,
            reason: (!asked.reason.is_empty()).then_some(asked.reason),
            replayed_too: asked.replayed_too,
            before: parse::optional_id("page_token", &asked.page_token)?,
        };
        let kept = quarantine::list(self.0.rows(), &filter, most).await.map_err(Failure::internal)?;
        let full = i64::try_from(kept.len()).is_ok_and(|count| count == most);
        let next_page_token =
            kept.last().filter(|_| full).map(|last| last.id.to_string()).unwrap_or_default();
        let payloads = kept.into_iter().map(convert::payload).collect();
        Ok(Response::new(ListQuarantinedPayloadsResponse { payloads, next_page_token }))
    }

    async fn get_quarantined_payload(
        &self,
        request: Request<GetQuarantinedPayloadRequest>,
    ) -> Result<Response<GetQuarantinedPayloadResponse>, Status> {
        require(&request, Role::Operator)?;
        let id: QuarantineId = parse::id("id", &request.get_ref().id)?;
        let found = quarantine::get(self.0.rows(), id).await.map_err(Failure::internal)?;
        let (kept, body, headers_json) = found.ok_or_else(|| not_found(id))?;
        let payload = Some(convert::payload(kept));
        Ok(Response::new(GetQuarantinedPayloadResponse { payload, body, headers_json }))
    }

    async fn replay_quarantined_payload(
        &self,
        request: Request<ReplayQuarantinedPayloadRequest>,
    ) -> Result<Response<ReplayQuarantinedPayloadResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let asked = request.into_inner();
        let id: QuarantineId = parse::id("id", &asked.id)?;
        let replay = self.0.replay(id, asked.dry_run).await.map_err(|error| failure(id, error))?;
        if !asked.dry_run {
            tracing::info!(payload = %id, by = %caller.role, taken = ?replay.taken, "payload was read again");
        }
        Ok(Response::new(ReplayQuarantinedPayloadResponse {
            accepted: convert::count(replay.taken.accepted),
            duplicates: convert::count(replay.taken.duplicates),
            ignored: convert::count(replay.taken.ignored),
            problems: replay.problems,
        }))
    }
}

fn not_found(id: QuarantineId) -> Failure {
    Failure::not_found("payload", id)
}

fn failure(id: QuarantineId, error: ReplayError) -> Failure {
    match error {
        ReplayError::NotFound => not_found(id),
        ReplayError::Stranger => Failure::precondition(
            "it was signed by another Meta app than the channel's",
            "correct the channel's app_secret; Meta sends it again for 7 days",
        )
        .reason("SIGNED_BY_ANOTHER_APP"),
        ReplayError::Unavailable => Failure::unavailable(
            "the events could not be handed on",
            "ask again; what was stored is recognised",
        ),
        ReplayError::Store(source) => Failure::internal(source),
    }
}
