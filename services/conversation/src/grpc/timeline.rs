//! `frontdesk.work.v1.TimelineService`, for what came in.

use std::{collections::HashSet, time::Duration};

use addressing::Phone;
use clock::SharedClock;
use contract::work::v1::{
    FindThreadsRequest, FindThreadsResponse, ListStepsRequest, ListStepsResponse, Step, find_threads_request,
    timeline_service_server::TimelineService,
};
use ids::ItemId;
use jiff::Timestamp;
use rpc::{Failure, Role, Thread, parse, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::steps;
use crate::{
    domain::timeline::{self, Course},
    store::timeline::{self as rows, ItemFacts, Subject, TurnFacts},
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Timelines {
    /// Rows.
    pub pool: PgPool,
    /// How long what has not ended lasts.
    pub clock: SharedClock,
    /// The longest wait for more.
    pub quiet_cap: Duration,
}

#[tonic::async_trait]
impl TimelineService for Timelines {
    async fn find_threads(
        &self,
        request: Request<FindThreadsRequest>,
    ) -> Result<Response<FindThreadsResponse>, Status> {
        require(&request, Role::Operator)?;
        let Some(subject) = subject(request.into_inner())? else {
            return Ok(Response::new(FindThreadsResponse::default()));
        };
        let threads = rows::threads(&self.pool, &subject).await.map_err(Failure::internal)?;
        Ok(Response::new(FindThreadsResponse { threads: threads.into_iter().map(Into::into).collect() }))
    }

    async fn list_steps(
        &self,
        request: Request<ListStepsRequest>,
    ) -> Result<Response<ListStepsResponse>, Status> {
        require(&request, Role::Operator)?;
        let threads =
            request.into_inner().threads.iter().map(Thread::parse).collect::<Result<Vec<_>, Failure>>()?;
        let steps = self.steps(&threads).await.map_err(Failure::internal)?;
        Ok(Response::new(ListStepsResponse { steps }))
    }
}

impl Timelines {
    async fn steps(&self, threads: &[Thread]) -> Result<Vec<Step>, sqlx::Error> {
        let items = rows::items(&self.pool, threads).await?;
        let since = items.iter().map(|item| item.received_at).min().unwrap_or(Timestamp::MAX);
        let turns = rows::turns(&self.pool, threads, since).await?;
        let mut told = Vec::new();
        let mut shown = HashSet::new();
        for item in &items {
            steps::of_item(item, &mut told);
            for turn in turns.iter().filter(|turn| concerns(turn, item)) {
                if shown.insert((turn.conversation, turn.started_at, turn.id)) {
                    told.push(steps::of_turn(turn, item));
                }
            }
            let course = course(item, &items, &turns);
            let waits = timeline::waits(&course, self.quiet_cap, self.clock.now());
            told.extend(waits.into_iter().map(|wait| steps::of_wait(item, wait)));
        }
        for one in rows::transitions(&self.pool, threads).await? {
            steps::of_transition(&one, &mut told);
        }
        told.sort_by_key(|step| step.at.map(|at| (at.seconds, at.nanos)));
        Ok(told)
    }
}

/// Whether the turn was about the item: it settled it, or failed on it.
fn concerns(turn: &TurnFacts, item: &ItemFacts) -> bool {
    turn.conversation == item.conversation
        && match turn.id {
            Some(id) => item.turn == Some(id),
            None => (turn.from_seq..=turn.upto_seq).contains(&item.seq),
        }
}

fn course(item: &ItemFacts, items: &[ItemFacts], turns: &[TurnFacts]) -> Course {
    let mine = turns.iter().filter(|turn| concerns(turn, item));
    let together =
        items.iter().filter(|other| other.conversation == item.conversation && other.turn == item.turn);
    let settled = match item.state.as_str() {
        "undone" => None,
        // Nothing that came in without a turn has waited for one.
        _ => Some(item.settled_at.unwrap_or(item.received_at)),
    };
    Course {
        received_at: item.received_at,
        last_received_at: together.map(|other| other.received_at).max().unwrap_or(item.received_at),
        failed: mine
            .clone()
            .filter_map(|turn| Some((turn.started_at, turn.ended_at, turn.due_at?)))
            .collect(),
        others: turns
            .iter()
            .filter(|turn| turn.conversation == item.conversation && !concerns(turn, item))
            .map(|turn| (turn.started_at, turn.ended_at))
            .collect(),
        turn_at: mine.clone().find(|turn| turn.id.is_some()).map(|turn| turn.started_at).or(settled),
    }
}

fn subject(request: FindThreadsRequest) -> Result<Option<Subject>, Failure> {
    use find_threads_request::Subject as Asked;
    Ok(match request.subject {
        Some(Asked::ItemId(id)) if id.starts_with(ItemId::PREFIX) => {
            Some(Subject::Item(parse::id("item_id", &id)?))
        }
        Some(Asked::ProviderId(id)) => Some(Subject::Provider(parse::text("provider_id", &id, 300)?)),
        Some(Asked::CorrelationId(id)) => Some(Subject::Correlation(parse::id("correlation_id", &id)?)),
        Some(Asked::Phone(written)) => {
            let phone = Phone::parse(&written)
                .map_err(|error| Failure::invalid("phone", error.to_string(), "write it as +447700900123"))?;
            Some(Subject::Phone(phone.expose().to_owned()))
        }
        // Messages that go out and bookings are others'.
        Some(Asked::ItemId(_) | Asked::BookingId(_)) | None => None,
    })
}
