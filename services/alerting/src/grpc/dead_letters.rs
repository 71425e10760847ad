//! `frontdesk.alerting.v1.DeadLetterService`.

use contract::alerting::v1::{
    DiscardDeadLetterRequest, DiscardDeadLetterResponse, DiscardDeadLettersRequest,
    DiscardDeadLettersResponse, GetDeadLetterRequest, GetDeadLetterResponse, ListDeadLetterActionsRequest,
    ListDeadLetterActionsResponse, ListDeadLetterGroupsRequest, ListDeadLetterGroupsResponse,
    ListDeadLettersRequest, ListDeadLettersResponse, ReplayDeadLetterRequest, ReplayDeadLetterResponse,
    ReplayDeadLettersRequest, ReplayDeadLettersResponse, dead_letter_service_server::DeadLetterService,
};
use ids::DeadLetterId;
use rpc::{Failure, Role, parse, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::{asker, convert, many};
use crate::{
    close,
    domain::dead_letter::DeadLetter,
    owners::{Owners, Replay},
    store::{actions, dead_letters, groups},
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
        let before = parse::optional_id("page_token", &asked.page_token)?;
        let state = convert::wanted_state(asked.state());
        let cause = convert::wanted_cause(&asked.cause);
        let tenant = convert::wanted(&asked.tenant_id);
        let letters = dead_letters::list(&self.pool, state, tenant, cause.as_deref(), before, most)
            .await
            .map_err(Failure::internal)?;
        let full = i64::try_from(letters.len()).is_ok_and(|n| n == most);
        let next_page_token =
            letters.last().filter(|_| full).map(|letter| letter.id.to_string()).unwrap_or_default();
        let dead_letters = letters.into_iter().map(convert::letter).collect();
        Ok(Response::new(ListDeadLettersResponse { dead_letters, next_page_token }))
    }

    async fn list_dead_letter_groups(
        &self,
        request: Request<ListDeadLetterGroupsRequest>,
    ) -> Result<Response<ListDeadLetterGroupsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let state = convert::wanted_state(asked.state());
        let groups = groups::list(&self.pool, state, convert::wanted(&asked.tenant_id))
            .await
            .map_err(Failure::internal)?;
        let groups = groups.into_iter().map(convert::group).collect();
        Ok(Response::new(ListDeadLetterGroupsResponse { groups }))
    }

    async fn get_dead_letter(
        &self,
        request: Request<GetDeadLetterRequest>,
    ) -> Result<Response<GetDeadLetterResponse>, Status> {
        let caller = require(&request, Role::Viewer)?;
        let letter = self.find(&request.get_ref().dead_letter_id).await?;
        let kept =
            self.owners.details(letter.owner, &letter.item_id).await.map_err(convert::owner_failure)?;
        let shown = caller.role.permits(Role::Operator);
        Ok(Response::new(GetDeadLetterResponse {
            dead_letter: Some(convert::letter(letter)),
            payload: if shown { kept.payload_json } else { String::new() },
            attempts: kept.attempts,
        }))
    }

    async fn replay_dead_letter(
        &self,
        request: Request<ReplayDeadLetterRequest>,
    ) -> Result<Response<ReplayDeadLetterResponse>, Status> {
        let dry = request.get_ref().dry_run;
        let caller = require(&request, if dry { Role::Viewer } else { Role::Operator })?;
        let asked = request.into_inner();
        let asker = asker(caller, &asked.asked_by)?;
        let letter = self.find(&asked.dead_letter_id).await?;
        let how = if dry { Replay::Dry } else { Replay::Anew };
        let payload = if dry && caller.role.permits(Role::Operator) {
            let kept = self.owners.details(letter.owner, &letter.item_id).await;
            kept.map_err(convert::owner_failure)?.payload_json
        } else {
            String::new()
        };
        let done = close::replay(&self.pool, &self.owners, letter, how, &asker)
            .await
            .map_err(convert::close_failure)?;
        Ok(Response::new(ReplayDeadLetterResponse {
            dead_letter: Some(convert::letter(done.letter)),
            outcome: done.outcome,
            new_item_id: done.new_item,
            payload,
        }))
    }

    async fn replay_dead_letters(
        &self,
        request: Request<ReplayDeadLettersRequest>,
    ) -> Result<Response<ReplayDeadLettersResponse>, Status> {
        let dry = request.get_ref().dry_run;
        let caller = require(&request, if dry { Role::Viewer } else { Role::Operator })?;
        many::replay(self, caller, request.into_inner()).await.map(Response::new)
    }

    async fn discard_dead_letter(
        &self,
        request: Request<DiscardDeadLetterRequest>,
    ) -> Result<Response<DiscardDeadLetterResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let asked = request.into_inner();
        let reason = parse::text("reason", &asked.reason, 500)?;
        let asker = asker(caller, &asked.asked_by)?;
        let letter = self.find(&asked.dead_letter_id).await?;
        let letter = close::discard(&self.pool, &self.owners, letter, &reason, &asker)
            .await
            .map_err(convert::close_failure)?;
        Ok(Response::new(DiscardDeadLetterResponse { dead_letter: Some(convert::letter(letter)) }))
    }

    async fn discard_dead_letters(
        &self,
        request: Request<DiscardDeadLettersRequest>,
    ) -> Result<Response<DiscardDeadLettersResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        many::discard(self, caller, request.into_inner()).await.map(Response::new)
    }

    async fn list_dead_letter_actions(
        &self,
        request: Request<ListDeadLetterActionsRequest>,
    ) -> Result<Response<ListDeadLetterActionsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let most = i64::from(parse::page_size("page_size", asked.page_size, 50, 500)?);
        let letter = parse::optional_id("dead_letter_id", &asked.dead_letter_id)?;
        let before = parse::optional_id("page_token", &asked.page_token)?;
        let rows = actions::list(&self.pool, letter, before, most).await.map_err(Failure::internal)?;
        let full = i64::try_from(rows.len()).is_ok_and(|n| n == most);
        let next_page_token = rows.last().filter(|_| full).map(|row| row.id.to_string()).unwrap_or_default();
        let actions = rows.into_iter().map(convert::action).collect();
        Ok(Response::new(ListDeadLetterActionsResponse { actions, next_page_token }))
    }
}

impl DeadLetters {
    async fn find(&self, text: &str) -> Result<DeadLetter, Failure> {
        let id: DeadLetterId = parse::id("dead_letter_id", text)?;
        dead_letters::get(&self.pool, id)
            .await
            .map_err(Failure::internal)?
            .ok_or_else(|| Failure::not_found("dead letter", id))
    }
}
