//! `frontdesk.ingest.v1.IntakeService`.

use contract::ingest::v1::intake_service_server::IntakeService;
use contract::ingest::v1::{
    EventCount, GetIntakeStatisticsRequest, GetIntakeStatisticsResponse, ListRepairsRequest,
    ListRepairsResponse, QuarantineCount, RepairGapRequest, RepairGapResponse, WebhookCount,
};
use ids::ChannelId;
use jiff::SignedDuration;
use rpc::parse::proto_time;
use rpc::{Failure, Role, parse, require};
use tonic::{Request, Response, Status};

use super::convert;
use crate::intake::Intake;
use crate::repair::Repair;
use crate::store::{quarantine, repairs};

/// The service's state.
#[derive(Clone, Debug)]
pub struct IntakeStatistics {
    /// The door.
    pub intake: Intake,
    /// Fetches what was missed.
    pub repair: Repair,
}

#[tonic::async_trait]
impl IntakeService for IntakeStatistics {
    async fn get_intake_statistics(
        &self,
        request: Request<GetIntakeStatisticsRequest>,
    ) -> Result<Response<GetIntakeStatisticsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let statistics = self.intake.statistics();
        let waiting = quarantine::waiting(self.intake.rows()).await.map_err(Failure::internal)?;
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
            channels: i32::try_from(self.intake.channels().directory().count()).unwrap_or(i32::MAX),
        }))
    }

    async fn repair_gap(
        &self,
        request: Request<RepairGapRequest>,
    ) -> Result<Response<RepairGapResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let channel: ChannelId = parse::id("channel_id", &asked.channel_id)?;
        let (from, until) = (parse::time("from", asked.from)?, parse::time("until", asked.until)?);
        if until <= from {
            return Err(Failure::invalid("until", "is not after from", "give a later time").into());
        }
        let unknown = || self.intake.channels().directory().by_id(channel).is_none();
        if unknown() {
            // It may have been put a moment ago.
            self.intake.channels().fresh().await.map_err(Failure::internal)?;
        }
        if unknown() {
            return Err(Failure::not_found("channel", channel).into());
        }
        if asked.dry_run {
            let hour = from.checked_add(SignedDuration::from_hours(1)).map_or(until, |hour| hour.min(until));
            let (_, records) = self.repair.fetch(channel, from, hour).await.map_err(|error| {
                Failure::precondition(error.to_string(), "see the channel with ChannelService/ListChannels")
            })?;
            let effect = format!("the provider lists {} messages from {from} until {hour}", records.len());
            return Ok(Response::new(RepairGapResponse { repair_id: String::new(), effect }));
        }
        let id = repairs::queue(self.intake.rows(), channel, from, until).await.map_err(Failure::internal)?;
        let effect = "queued; ListRepairs shows what comes of it".to_owned();
        Ok(Response::new(RepairGapResponse { repair_id: id.to_string(), effect }))
    }

    async fn list_repairs(
        &self,
        request: Request<ListRepairsRequest>,
    ) -> Result<Response<ListRepairsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let channel = parse::optional_id("channel_id", &asked.channel_id)?;
        let most = parse::page_size("page_size", asked.page_size, 50, 500)?;
        let rows =
            repairs::list(self.intake.rows(), channel, most.into()).await.map_err(Failure::internal)?;
        let repairs = rows.into_iter().map(|row| {
            let [found, accepted, duplicates, quarantined, missed] = row.counts;
            contract::ingest::v1::Repair {
                id: row.id.to_string(),
                channel_id: row.channel.to_string(),
                cause: row.cause,
                state: row.state,
                from: Some(proto_time(row.from)),
                until: Some(proto_time(row.until)),
                done_until: Some(proto_time(row.done_until)),
                found,
                accepted,
                duplicates,
                quarantined,
                missed,
                error: row.error.unwrap_or_default(),
            }
        });
        Ok(Response::new(ListRepairsResponse { repairs: repairs.collect() }))
    }
}
