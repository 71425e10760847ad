//! `frontdesk.work.v1.TimelineService`, for bookings and reminders.

use contract::work::v1::{
    FindThreadsRequest, FindThreadsResponse, ListStepsRequest, ListStepsResponse, Step,
    find_threads_request::Subject, timeline_service_server::TimelineService,
};
use ids::MessageId;
use rpc::parse::{self, proto_time};
use rpc::{Failure, Role, Thread, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::status;
use crate::store::timeline::{self as rows, BookingStep};

/// `frontdesk.work.v1.TimelineService`.
#[derive(Clone, Debug)]
pub struct Timelines {
    /// Where the bookings are.
    pub pool: PgPool,
}

#[tonic::async_trait]
impl TimelineService for Timelines {
    async fn find_threads(
        &self,
        request: Request<FindThreadsRequest>,
    ) -> Result<Response<FindThreadsResponse>, Status> {
        require(&request, Role::Operator)?;
        let (booking, correlation) = match request.into_inner().subject {
            Some(Subject::BookingId(id)) => (Some(parse::id("booking_id", &id)?), None),
            Some(Subject::CorrelationId(id)) => (None, Some(parse::id("correlation_id", &id)?)),
            // Messages and people are others'.
            _ => return Ok(Response::new(FindThreadsResponse::default())),
        };
        let threads = rows::threads(&self.pool, booking, correlation).await.map_err(status::of_store)?;
        Ok(Response::new(FindThreadsResponse { threads: threads.into_iter().map(Into::into).collect() }))
    }

    async fn list_steps(
        &self,
        request: Request<ListStepsRequest>,
    ) -> Result<Response<ListStepsResponse>, Status> {
        require(&request, Role::Operator)?;
        let threads =
            request.into_inner().threads.iter().map(Thread::parse).collect::<Result<Vec<_>, Failure>>()?;
        let steps = rows::steps(&self.pool, &threads).await.map_err(status::of_store)?;
        let steps = steps.into_iter().map(step).collect();
        Ok(Response::new(ListStepsResponse { steps }))
    }
}

fn step(row: BookingStep) -> Step {
    let (kind, what) = match row.what.as_str() {
        "booked" => {
            let begins = row.until.map(|at| at.to_string()).unwrap_or_default();
            ("booking.made".to_owned(), format!("booked for {begins}; it is {} now", row.name))
        }
        "effect" => ("booking.effect".to_owned(), format!("{} (by {})", row.name, row.detail)),
        "planned" => {
            let due = row.until.map(|at| at.to_string()).unwrap_or_default();
            ("reminder.planned".to_owned(), format!("{} waits until it is due at {due}", row.name))
        }
        "completed" => {
            let handed = row.detail.parse().map_or(String::new(), |id| MessageId::from_uuid(id).to_string());
            ("reminder.handed_over".to_owned(), format!("{} was handed over as {handed}", row.name))
        }
        other => (format!("reminder.{other}"), format!("{}: {}", row.name, row.detail)),
    };
    Step {
        at: Some(proto_time(row.at)),
        until: row.until.filter(|_| row.what == "planned").map(proto_time),
        kind,
        id: row.booking.to_string(),
        conversation_id: row.conversation.to_string(),
        correlation_id: row.correlation.to_string(),
        what,
        text: String::new(),
    }
}
