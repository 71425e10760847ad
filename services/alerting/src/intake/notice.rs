//! From a dead item to a dead letter, once per item.

use contract::work::v1::DeadItem;
use ids::DeadLetterId;
use jiff::Timestamp;
use metrics::counter;
use sqlx::PgPool;
use tracing::warn;

use crate::{
    domain::{
        dead_letter::{DeadLetter, NoticedBy, OwnerService, State},
        responsible,
    },
    store::dead_letters,
};

/// Stores the dead letter of an item, unless it has one already.
///
/// # Errors
/// Whatever the database says.
pub async fn notice(
    pool: &PgPool,
    owner: OwnerService,
    item: DeadItem,
    noticed_by: NoticedBy,
) -> Result<(), sqlx::Error> {
    let letter = DeadLetter {
        id: DeadLetterId::generate(),
        owner,
        responsible: responsible(item.owner()).to_owned(),
        died_at: item.died_at.and_then(instant).unwrap_or(Timestamp::UNIX_EPOCH),
        expires_at: item.expires_at.and_then(instant),
        replay_of: Some(item.replay_of).filter(|id| !id.is_empty()),
        // Counted from the letter of the item it replays, when it is stored.
        policy_retries: 0,
        item_id: item.id,
        tenant_id: item.tenant_id,
        cause: item.cause,
        cause_text: item.cause_text,
        next_step: item.next_step,
        correlation_id: item.correlation_id,
        state: State::Open,
        noticed_by,
    };
    if dead_letters::insert(pool, &letter).await? {
        warn!(
            item = letter.item_id, owner = %owner, cause = letter.cause, correlation_id = letter.correlation_id,
            noticed_by = noticed_by.name(), "dead letter"
        );
        counter!("frontdesk_alerting_dead_letters_total", "owner" => owner.name(), "noticed_by" => noticed_by.name())
            .increment(1);
    }
    Ok(())
}

fn instant(at: prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(at.seconds, at.nanos).ok()
}
