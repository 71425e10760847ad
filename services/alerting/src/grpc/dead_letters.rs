//! `frontdesk.alerting.v1.DeadLetterService`.

use contract::alerting::v1::{
    DiscardDeadLetterRequest, DiscardDeadLetterResponse, GetDeadLetterRequest, GetDeadLetterResponse,
    ListDeadLettersRequest, ListDeadLettersResponse, ReplayDeadLetterRequest, ReplayDeadLetterResponse,
    dead_letter_service_server::DeadLetterService,
};
use ids::DeadLetterId;
use rpc::{Failure, Role, parse, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::convert;
use crate::{
    domain::dead_letter::{DeadLetter, State},
    owners::{Owners, OwnersError},
    store::dead_letters,
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    /// Rows.
    pub pool: PgPool,
    /// Who keeps the payloads.
    pub owners: Owners,
}

#[tonic::async_trait]
impl DeadLetterService for DeadLetters {
    async fn list_dead_letters(
        &self,
        request: Request<ListDeadLettersRequest>,
    ) -> Result<Response<ListDeadLettersResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.into_inner();
        let most = i64::from(parse::page_size("page_size", asked.page_size, 50, 500)?);
        let tenant = (!asked.tenant_id.is_empty()).then_some(asked.tenant_id.as_str());
        let before = parse::optional_id("page_token", &asked.page_token)?;
        let state = convert::wanted_state(asked.state());
        let letters =
            dead_letters::list(&self.pool, state, tenant, before, most).await.map_err(Failure::internal)?;
        let full = i64::try_from(letters.len()).is_ok_and(|n| n == most);
        let next_page_token =
            letters.last().filter(|_| full).map(|letter| letter.id.to_string()).unwrap_or_default();
        let dead_letters = letters.into_iter().map(convert::letter).collect();
        Ok(Response::new(ListDeadLettersResponse { dead_letters, next_page_token }))
    }

    async fn get_dead_letter(
        &self,
        request: Request<GetDeadLetterRequest>,
    ) -> Result<Response<GetDeadLetterResponse>, Status> {
        require(&request, Role::Operator)?;
        let letter = self.find("dead_letter_id", &request.get_ref().dead_letter_id).await?;
        let kept = self.owners.details(letter.owner, &letter.item_id).await.map_err(passed_on)?;
        let attempts = kept.attempts.iter().map(|a| format!("{}: {}", a.number, a.outcome)).collect();
        Ok(Response::new(GetDeadLetterResponse {
            dead_letter: Some(convert::letter(letter)),
            payload: kept.payload_json,
            attempts,
        }))
    }

    async fn replay_dead_letter(
        &self,
        request: Request<ReplayDeadLetterRequest>,
    ) -> Result<Response<ReplayDeadLetterResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.into_inner();
        let mut letter = self.find("dead_letter_id", &asked.dead_letter_id).await?;
        open(&letter)?;
        // The owner makes one new item however often it is asked, so a lost answer is settled by asking again.
        let replay =
            self.owners.replay(letter.owner, &letter.item_id, asked.dry_run).await.map_err(passed_on)?;
        if !asked.dry_run {
            letter = self.resolve(letter, State::Replayed { as_item: replay.new_item_id.clone() }).await?;
        }
        Ok(Response::new(ReplayDeadLetterResponse {
            dead_letter: Some(convert::letter(letter)),
            outcome: replay.effect,
            new_item_id: replay.new_item_id,
        }))
    }

    async fn discard_dead_letter(
        &self,
        request: Request<DiscardDeadLetterRequest>,
    ) -> Result<Response<DiscardDeadLetterResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.into_inner();
        let reason = parse::text("reason", &asked.reason, 500)?;
        let letter = self.find("dead_letter_id", &asked.dead_letter_id).await?;
        open(&letter)?;
        self.owners.discard(letter.owner, &letter.item_id, &reason).await.map_err(passed_on)?;
        let letter = self.resolve(letter, State::Discarded { reason }).await?;
        Ok(Response::new(DiscardDeadLetterResponse { dead_letter: Some(convert::letter(letter)) }))
    }
}

impl DeadLetters {
    async fn find(&self, field: &'static str, text: &str) -> Result<DeadLetter, Failure> {
        let id: DeadLetterId = parse::id(field, text)?;
        dead_letters::get(&self.pool, id)
            .await
            .map_err(Failure::internal)?
            .ok_or_else(|| Failure::not_found("dead letter", id))
    }

    async fn resolve(&self, letter: DeadLetter, state: State) -> Result<DeadLetter, Failure> {
        dead_letters::resolve(&self.pool, letter.id, &state).await.map_err(Failure::internal)?;
        Ok(DeadLetter { state, ..letter })
    }
}

fn open(letter: &DeadLetter) -> Result<(), Failure> {
    match &letter.state {
        State::Open => Ok(()),
        State::Replayed { as_item } => Err(Failure::precondition(
            format!("it was replayed as {as_item}"),
            "look at that item; a replay that died too has a dead letter of its own",
        )),
        State::Discarded { reason } => Err(Failure::precondition(
            format!("it was discarded: {reason}"),
            "nothing more can be done with it",
        )),
    }
}

/// The owner's own words go through; only its being away is ours to explain.
fn passed_on(error: OwnersError) -> Status {
    match error.status.code() {
        tonic::Code::Unavailable | tonic::Code::DeadlineExceeded => Failure::unavailable(
            format!("{} does not answer", error.owner),
            "check that it runs and try again; nothing is lost",
        )
        .into(),
        _ => *error.status,
    }
}
