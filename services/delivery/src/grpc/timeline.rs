//! `frontdesk.work.v1.TimelineService`, for what was to go out.

use std::collections::{HashMap, hash_map::Entry};

use addressing::Phone;
use clock::SharedClock;
use contract::work::v1::{
    FindThreadsRequest, FindThreadsResponse, ListStepsRequest, ListStepsResponse, find_threads_request,
    timeline_service_server::TimelineService,
};
use ids::{ChannelId, MessageId};
use rpc::{Failure, Role, Thread, parse, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::steps;
use crate::{
    domain::timeline::{self, Course, Happening, Hold, Try, Why},
    store::timeline::{self as rows, AttemptFacts, MessageFacts, Subject},
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Timelines {
    /// Rows.
    pub pool: PgPool,
    /// How long what has not ended lasts.
    pub clock: SharedClock,
}

#[tonic::async_trait]
impl TimelineService for Timelines {
    async fn find_threads(
        &self,
        request: Request<FindThreadsRequest>,
    ) -> Result<Response<FindThreadsResponse>, Status> {
        use find_threads_request::Subject as Asked;
        require(&request, Role::Operator)?;
        let subject = match request.into_inner().subject {
            Some(Asked::ItemId(id)) if id.starts_with(MessageId::PREFIX) => {
                Subject::Message(parse::id("item_id", &id)?)
            }
            Some(Asked::ProviderId(id)) => Subject::Provider(parse::text("provider_id", &id, 300)?),
            Some(Asked::CorrelationId(id)) => Subject::Correlation(parse::id("correlation_id", &id)?),
            Some(Asked::Phone(written)) => {
                let phone = Phone::parse(&written).map_err(|error| {
                    Failure::invalid("phone", error.to_string(), "write it as +447700900123")
                })?;
                Subject::Phone(phone.expose().to_owned())
            }
            // Bookings and what comes in are not known here.
            _ => return Ok(Response::new(FindThreadsResponse::default())),
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
        let messages = rows::messages(&self.pool, &threads).await.map_err(Failure::internal)?;
        let steps = self.steps(messages).await.map_err(Failure::internal)?;
        Ok(Response::new(ListStepsResponse { steps }))
    }
}

impl Timelines {
    async fn steps(&self, messages: Vec<MessageFacts>) -> Result<Vec<contract::work::v1::Step>, sqlx::Error> {
        let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
        let mut attempts: HashMap<MessageId, Vec<AttemptFacts>> = HashMap::new();
        for attempt in rows::attempts(&self.pool, &ids).await? {
            attempts.entry(attempt.message).or_default().push(attempt);
        }
        let mut holds: HashMap<MessageId, Vec<Hold>> = HashMap::new();
        for (message, hold) in rows::holds(&self.pool, &ids).await? {
            holds.entry(message).or_default().push(hold);
        }
        let mut histories: HashMap<ChannelId, Vec<Happening>> = HashMap::new();
        let mut told = Vec::new();
        for message in &messages {
            let channel = match histories.entry(message.channel) {
                Entry::Occupied(known) => known.into_mut(),
                // The first message of a channel is the oldest.
                Entry::Vacant(unknown) => {
                    unknown.insert(rows::history(&self.pool, message.channel, message.queued_at).await?)
                }
            };
            let tried = attempts.remove(&message.id).unwrap_or_default();
            steps::of_message(message, &tried, &mut told);
            let now = self.clock.now();
            let held = holds.remove(&message.id).unwrap_or_default();
            for wait in timeline::waits(&course(message, &tried, held), channel, now) {
                let others = if wait.why == Why::Turn {
                    let until = wait.until.unwrap_or(now);
                    rows::called_between(&self.pool, message.channel, wait.from, until).await?
                } else {
                    0
                };
                told.push(steps::of_wait(message, &wait, others));
            }
        }
        told.sort_by_key(|step| step.at.map(|at| (at.seconds, at.nanos)));
        Ok(told)
    }
}

fn course(message: &MessageFacts, attempts: &[AttemptFacts], holds: Vec<Hold>) -> Course {
    Course {
        queued_at: message.queued_at,
        due_at: message.due_at,
        holds,
        settled_at: message.settled_at,
        asked_until: message.asked_until,
        left: matches!(message.state.as_str(), "sent" | "failed" | "unknown"),
        before: message.before,
        tries: attempts
            .iter()
            .map(|attempt| Try {
                started_at: attempt.started_at,
                ended_at: attempt.ended_at,
                known_at: attempt.known_at,
                retry_at: attempt.retry_at,
                held_until: attempt.held_until,
                unknown: attempt.outcome == "unknown",
                limited: attempt.class.as_deref() == Some("rate"),
            })
            .collect(),
    }
}
