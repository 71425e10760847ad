//! `frontdesk.ingest.v1.IntakeService`.

use contract::ingest::v1::intake_service_server::IntakeService;
use contract::ingest::v1::{
    EventCount, GetIntakeStatisticsRequest, GetIntakeStatisticsResponse, QuarantineCount, WebhookCount,
};
use rpc::parse::proto_time;
use rpc::{Failure, Role, require};
use tonic::{Request, Response, Status};

use super::convert;
use crate::intake::Intake;
use crate::store::quarantine;

/// The service's state.
#[derive(Clone, Debug)]
pub struct IntakeStatistics(pub Intake);

#[tonic::async_trait]
impl IntakeService for IntakeStatistics {
    async fn get_intake_statistics(
        &self,
        request: Request<GetIntakeStatisticsRequest>,
    ) -> Result<Response<GetIntakeStatisticsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let statistics = self.0.statistics();
        let waiting = quarantine::waiting(self.0.rows()).await.map_err(Failure::internal)?;
        let webhooks = statistics.webhooks().map(|(provider, outcome, count)| WebhookCount {
            provider: convert::to_proto(provider).into(),
            outcome: outcome.as_str().to_owned(),
            count,
        });
        let events = statistics.events().map(|(kind, count)| EventCount { kind: kind.to_owned(), count });
        let quarantined = waiting.into_iter().map(|(reason, count)| QuarantineCount {
            reason,
            count: u64::try_from(count).unwrap_or_default(),
        });
        Ok(Response::new(GetIntakeStatisticsResponse {
            since: Some(proto_time(statistics.since())),
            webhooks: webhooks.collect(),
            events: events.collect(),
            quarantined: quarantined.collect(),
            channels: i32::try_from(self.0.channels().directory().count()).unwrap_or(i32::MAX),
        }))
    }
}
