//! Giving up: the items become dead, the customer hears an apology, a person is asked for.

use serde_json::json;
use tracing::error;
use work::Held;

use super::{
    Worker,
    run::{Ending, Turn, submit},
};
use crate::{
    domain::Snapshot,
    drafted,
    store::turns::{self, Committed, Loaded},
};

/// A head that ended a process which ran it alone. It is not run again.
pub async fn poison(worker: &Worker, held: Held) -> Ending {
    let loaded = match turns::load(&worker.pool, &[held.key]).await {
        Ok(rows) => rows.into_iter().next(),
        Err(_) => return Ending::Leave,
    };
    let Some(loaded) = loaded else { return Ending::Leave };
    let snapshot = worker.profiles.snapshot(&worker.pool, &loaded).await.ok();
    let cause = "working on it ended the process three times, the last time alone";
    match given_up(worker, held, &loaded, snapshot.as_ref(), cause).await {
        Turn::Buried { item, .. } => Ending::Term(item),
        _ => Ending::Leave,
    }
}

/// Marks the loaded items dead and commits the apology with it.
pub async fn given_up(
    worker: &Worker,
    held: Held,
    loaded: &Loaded,
    snapshot: Option<&Snapshot>,
    cause: &str,
) -> Turn {
    error!(conversation = %held.key, cause, "giving up on what came in");
    // Without a readable conversation nothing can be said to anybody; the sweeper keeps it in sight until it can be read.
    let Some(snapshot) = snapshot else { return Turn::Lost };
    let Some(head) = snapshot.items.first().map(|item| item.id) else { return Turn::Lost };
    let draft = worker.brain.apologise(snapshot);
    let dead = json!({
        "cause": "TURN_FAILED", "cause_text": cause, "owner": "operator",
        "next_step": "read the conversation, answer it by hand, then replay or discard this"
    });
    let commit = drafted::commit(held, loaded, snapshot, &draft, false, Some(dead));
    match submit(worker, commit, snapshot).await {
        Ok(Committed::Done { released, .. }) => Turn::Buried { item: head, released },
        _ => Turn::Lost,
    }
}
