//! "One moment", for a customer whom a model keeps waiting.

use ids::MessageId;
use metrics::counter;
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, info};
use work::Held;

use super::Worker;
use crate::{domain::Snapshot, drafted, store::turns};

/// Says so once the turn has thought for as long as its agent allows, unless what is returned has been dropped by then. It is
/// queued under the turn's claim, so it never comes after the answer; at most once per turn and in ten minutes. Turns that ask
/// no model answer at once and need none.
pub fn when_slow(worker: &Worker, held: Held, snapshot: &Snapshot) -> Option<AbortOnDropHandle<()>> {
    let patience = snapshot.agent.ack_after?;
    let say = worker.brain.moment(snapshot)?;
    let head = snapshot.items.first()?;
    let head_seq = head.seq;
    let message = drafted::acknowledgement(snapshot, head.id, MessageId::generate(), &say);
    let (pool, me, correlation_id) = (worker.pool.clone(), worker.heart.me(), snapshot.correlation_id);
    Some(AbortOnDropHandle::new(tokio::spawn(async move {
        tokio::time::sleep(patience).await;
        match turns::acknowledge(&pool, me, held, head_seq, message).await {
            Ok(true) => {
                counter!("frontdesk_conversation_acknowledged_total").increment(1);
                info!(conversation = %held.key, %correlation_id, "the customer is asked for a moment");
            }
            Ok(false) => {}
            Err(error) => debug!(conversation = %held.key, %error, "the customer is not asked for a moment"),
        }
    })))
}
