//! The same for all of a cause, within bounds.

use contract::alerting::v1::{
    DiscardDeadLettersRequest, DiscardDeadLettersResponse, ReplayDeadLettersRequest,
    ReplayDeadLettersResponse, ReplayOutcome,
};
use rpc::{Caller, Failure, Role, parse};
use tonic::Status;

use super::{DeadLetters, asker, convert};
use crate::{
    close,
    domain::{action::Asker, dead_letter::DeadLetter},
    owners::Replay,
    store::dead_letters,
};

/// One after the other, so that whatever is replayed arrives in the order of its death.
pub async fn replay(
    service: &DeadLetters,
    caller: Caller,
    asked: ReplayDeadLettersRequest,
) -> Result<ReplayDeadLettersResponse, Status> {
    let asker = asker(caller, &asked.asked_by)?;
    let (letters, left) = of_cause(service, &asked.cause, &asked.tenant_id, asked.limit).await?;
    let show = asked.dry_run && caller.role.permits(Role::Operator);
    let how = if asked.dry_run { Replay::Dry } else { Replay::Anew };
    let mut answer = ReplayDeadLettersResponse { left, ..ReplayDeadLettersResponse::default() };
    for letter in letters {
        let (outcome, done) = replay_one(service, letter, how, show, &asker).await;
        if done {
            answer.replayed += 1;
        } else {
            answer.failed += 1;
        }
        answer.outcomes.push(outcome);
    }
    Ok(answer)
}

/// What became of one; `false`: it stays as it is.
async fn replay_one(
    service: &DeadLetters,
    letter: DeadLetter,
    how: Replay,
    show: bool,
    asker: &Asker,
) -> (ReplayOutcome, bool) {
    let (owner, item_id) = (letter.owner, letter.item_id.clone());
    let said = ReplayOutcome {
        dead_letter_id: letter.id.to_string(),
        item_id: item_id.clone(),
        ..ReplayOutcome::default()
    };
    let done = match close::replay(&service.pool, &service.owners, letter, how, asker).await {
        Ok(done) => done,
        Err(error) => {
            let outcome = convert::close_failure(error).message().to_owned();
            return (ReplayOutcome { outcome, ..said }, false);
        }
    };
    let payload = if show {
        // Without its payload the dry run still says what would happen.
        service.owners.details(owner, &item_id).await.map(|kept| kept.payload_json).unwrap_or_default()
    } else {
        String::new()
    };
    (ReplayOutcome { new_item_id: done.new_item, outcome: done.outcome, payload, ..said }, true)
}

pub async fn discard(
    service: &DeadLetters,
    caller: Caller,
    asked: DiscardDeadLettersRequest,
) -> Result<DiscardDeadLettersResponse, Status> {
    let asker = asker(caller, &asked.asked_by)?;
    let reason = parse::text("reason", &asked.reason, 500)?;
    let (letters, left) = of_cause(service, &asked.cause, &asked.tenant_id, asked.limit).await?;
    let mut answer = DiscardDeadLettersResponse { left, ..DiscardDeadLettersResponse::default() };
    for letter in letters {
        let done = asked.dry_run
            || close::discard(&service.pool, &service.owners, letter, &reason, &asker).await.is_ok();
        if done {
            answer.discarded += 1;
        } else {
            answer.failed += 1;
        }
    }
    Ok(answer)
}

/// The oldest open ones of a cause, and how many are left beyond them.
async fn of_cause(
    service: &DeadLetters,
    cause: &str,
    tenant_id: &str,
    limit: i32,
) -> Result<(Vec<DeadLetter>, i64), Failure> {
    let most = i64::from(parse::page_size("limit", limit, 50, 500)?);
    let cause = parse::text("cause", cause, 100)?.to_uppercase();
    let (letters, all) = dead_letters::open_of_cause(&service.pool, &cause, convert::wanted(tenant_id), most)
        .await
        .map_err(Failure::internal)?;
    let taken = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    // Counted after they were read: some may have been closed in between.
    Ok((letters, (all - taken).max(0)))
}
