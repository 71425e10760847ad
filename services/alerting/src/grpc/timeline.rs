//! `frontdesk.alerting.v1.TimelineService`.

use clock::SharedClock;
use contract::{
    alerting::v1::{
        GetTimelineRequest, GetTimelineResponse, TimelineStep, get_timeline_request::Subject as Asked,
        timeline_service_server::TimelineService,
    },
    work::v1::{FindThreadsRequest, Step, Thread, find_threads_request::Subject},
};
use ids::{ItemId, MessageId};
use rpc::{Failure, Role, parse::proto_time, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use crate::{
    domain::timeline::{self, Told, instant},
    store::timeline as rows,
    tellers::Tellers,
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Timelines {
    /// Letters.
    pub pool: PgPool,
    /// Who knows the rest.
    pub tellers: Tellers,
    /// How long what has not ended lasts.
    pub clock: SharedClock,
}

#[tonic::async_trait]
impl TimelineService for Timelines {
    async fn get_timeline(
        &self,
        request: Request<GetTimelineRequest>,
    ) -> Result<Response<GetTimelineResponse>, Status> {
        let by_person = matches!(request.get_ref().subject, Some(Asked::Phone(_)));
        let caller = require(&request, if by_person { Role::Operator } else { Role::Viewer })?;
        let subject = subject(request.into_inner())?;
        let found = self.tellers.threads(&FindThreadsRequest { subject: Some(subject) }).await?;
        let mut threads: Vec<Thread> = Vec::new();
        for thread in found.answers.into_iter().flat_map(|(_, threads)| threads) {
            if !threads.contains(&thread) {
                threads.push(thread);
            }
        }
        if threads.is_empty() {
            return Err(nothing(&found.silent).into());
        }
        let told = self.tellers.steps(&threads).await?;
        let mut silent = found.silent;
        silent.extend(told.silent.into_iter().filter(|name| !silent.contains(name)).collect::<Vec<_>>());
        let mut steps: Vec<Told> = told
            .answers
            .into_iter()
            .flat_map(|(service, steps)| steps.into_iter().map(move |step| Told { service, step }))
            .collect();
        steps.extend(self.letters(&threads).await?);
        timeline::arrange(&mut steps);
        let standing = timeline::standing(&steps);
        let steps = self.timed(steps, caller.role.permits(Role::Operator));
        let silent = silent.into_iter().map(str::to_owned).collect();
        Ok(Response::new(GetTimelineResponse { steps, standing, silent }))
    }
}

impl Timelines {
    async fn letters(&self, threads: &[Thread]) -> Result<Vec<Told>, Failure> {
        let correlations: Vec<_> = threads.iter().map(|thread| thread.correlation_id.clone()).collect();
        let letters = rows::steps(&self.pool, &correlations).await.map_err(Failure::internal)?;
        let steps = letters.into_iter().map(|letter| {
            let what = match letter.what.as_str() {
                "noticed" => format!("a dead letter, noticed by {}: {}", letter.who, letter.detail),
                "replay" => format!("replayed by {} as {}", letter.who, letter.detail),
                _ => format!("discarded by {}: {}", letter.who, letter.detail),
            };
            let step = Step {
                at: Some(proto_time(letter.at)),
                kind: format!("dead_letter.{}", letter.what),
                id: letter.letter.to_string(),
                correlation_id: letter.correlation_id,
                what,
                ..Step::default()
            };
            Told { service: "alerting", step }
        });
        Ok(steps.collect())
    }

    fn timed(&self, steps: Vec<Told>, show_words: bool) -> Vec<TimelineStep> {
        let now = self.clock.now().as_nanosecond();
        let start = steps.first().map_or(now, |told| instant(told.step.at));
        let ms = |from: i128, to: i128| i64::try_from((to - from).max(0) / 1_000_000).unwrap_or(i64::MAX);
        steps
            .into_iter()
            .map(|Told { service, mut step }| {
                if !show_words {
                    step.text.clear();
                }
                let at = instant(step.at);
                let took_ms = match (step.until, step.kind.starts_with("wait.")) {
                    (Some(until), _) => ms(at, instant(Some(until)).min(now.max(at))),
                    (None, true) => ms(at, now),
                    (None, false) => 0,
                };
                let service = service.to_owned();
                TimelineStep { service, since_start_ms: ms(start, at), took_ms, step: Some(step) }
            })
            .collect()
    }
}

fn subject(asked: GetTimelineRequest) -> Result<Subject, Failure> {
    Ok(match asked.subject {
        Some(Asked::ItemId(id)) if is_item(&id) => Subject::ItemId(id),
        Some(Asked::ItemId(_)) => {
            return Err(Failure::invalid(
                "item_id",
                "is the id of no message",
                "give itm_… or msg_…; a booking's id belongs into booking_id, a dead letter says its item_id",
            ));
        }
        Some(Asked::ProviderId(id)) => Subject::ProviderId(id),
        Some(Asked::BookingId(id)) => Subject::BookingId(id),
        Some(Asked::Phone(phone)) => Subject::Phone(phone),
        Some(Asked::CorrelationId(id)) => Subject::CorrelationId(id),
        None => {
            return Err(Failure::invalid(
                "subject",
                "is missing",
                "give item_id, provider_id, booking_id, phone or correlation_id",
            ));
        }
    })
}

/// What came in, or what went out.
fn is_item(id: &str) -> bool {
    id.parse::<ItemId>().is_ok() || id.parse::<MessageId>().is_ok()
}

fn nothing(silent: &[&str]) -> Failure {
    if silent.is_empty() {
        Failure::not_found("timeline", "of this: it is not known, or so old that it is not kept any more")
    } else {
        Failure::unavailable(
            format!("nothing was found, but {} did not answer", silent.join(" and ")),
            "check that it runs and ask again",
        )
    }
}
