//! One key, from its claim to its release.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bus::{Wake, streams};
use futures_util::FutureExt;
use ids::{ItemId, TurnId};
use metrics::{counter, histogram};
use tokio::{sync::OwnedSemaphorePermit, time::Instant};
use tracing::{Instrument, info, info_span, warn};
use uuid::Uuid;
use work::Held;

use super::{Worker, acknowledge, bury, commit::CommitError, progress, running::Entry};
use crate::{
    brain::Thought,
    domain::{Draft, Snapshot},
    drafted,
    store::contacts,
    store::turns::{self, Committed, Loaded, TurnCommit},
};

/// A claimed key and everything that has to be given back with it.
#[derive(Debug)]
pub struct Job {
    /// The claim.
    pub held: Held,
    /// Settled when the key is given back, not before.
    pub wake: Wake,
    /// Its place in the set of running keys.
    pub entry: Entry,
    /// Its permit.
    pub permit: OwnedSemaphorePermit,
    /// Who may run beside it.
    pub company: Company,
    /// What was read with the claim.
    pub loaded: Option<Loaded>,
}

/// Who may run beside a key in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// Everybody.
    Others,
    /// Nobody: two starts never ended.
    Alone,
    /// It ended a process that ran it alone: it is not run, its head is quarantined.
    Poison,
}

/// What the wake-up is told at the end.
#[derive(Debug, PartialEq, Eq)]
pub enum Ending {
    /// The key is idle, or somebody else owes the look.
    Ack,
    /// Come again.
    Nak(Duration),
    /// An item was given up: the advisory carries its id.
    Term(ItemId),
    /// Whether anything was written is unknown, or the key was lost: the broker asks again.
    Leave,
}

/// Newer messages discard a draft at most this often …
const DISCARDS: u32 = 2;
/// … or until the oldest message has waited this long.
const DISCARD_UNTIL: Duration = Duration::from_secs(15);
/// Pauses after a failed turn; after the last, the items are given up.
const PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(15)];

/// Runs a claimed key to its end and settles its wake-up.
pub async fn run(worker: Arc<Worker>, job: Job) {
    let Job { held, wake, entry, permit, company, loaded } = job;
    let work = async {
        match company {
            Company::Others => {
                let _company = worker.company.read().await;
                until_released(&worker, held, loaded).await
            }
            Company::Alone => {
                let _alone = worker.company.write().await;
                alone(&worker, held).await
            }
            Company::Poison => bury::poison(&worker, held).await,
        }
    };
    let ending = progress::holding(Some(&wake), work).await;
    // First out of the set: a wake-up that comes now must look at the row.
    drop(entry);
    drop(permit);
    match ending {
        Ending::Ack => wake.ack().await,
        Ending::Nak(wait) => wake.nak(wait).await,
        Ending::Term(item) => wake.term(&item.to_string()).await,
        Ending::Leave => {}
    }
}

/// What was read at the claim may be old by now: others had their turn first.
async fn alone(worker: &Worker, held: Held) -> Ending {
    match worker.heart.start_alone(held).await {
        Ok(true) => {
            warn!(conversation = %held.key, "running a suspect alone");
            until_released(worker, held, None).await
        }
        Ok(false) => Ending::Leave,
        Err(error) => {
            warn!(conversation = %held.key, %error, "cannot note that a suspect runs alone; reconcile hands it back");
            Ending::Leave
        }
    }
}

/// Turn after turn, while there are items.
async fn until_released(worker: &Worker, held: Held, mut loaded: Option<Loaded>) -> Ending {
    let mut discards = 0;
    let mut buried = None;
    loop {
        let now = match loaded.take() {
            Some(loaded) => Some(loaded),
            None => match turns::load(&worker.pool, &[held.key]).await {
                Ok(mut rows) => rows.pop(),
                Err(error) => {
                    warn!(conversation = %held.key, %error, "cannot read the conversation; it is looked at again");
                    return Ending::Leave;
                }
            },
        };
        let Some(now) = now else {
            match release(worker, held).await {
                Released::Yes => return buried.map_or(Ending::Ack, Ending::Term),
                Released::NotYet => continue,
                Released::Unknown => return Ending::Leave,
            }
        };
        if now.conversation.get("merged").is_some_and(|merged| merged == true) {
            return follow(worker, held, &now).await;
        }
        match one_turn(worker, held, &now, discards).await {
            Turn::Released => return buried.map_or(Ending::Ack, Ending::Term),
            Turn::More => discards = 0,
            Turn::Discarded => discards += 1,
            Turn::PutOff(wait) => return Ending::Nak(wait),
            Turn::Buried { item, released } => {
                buried = Some(item);
                if released {
                    return Ending::Term(item);
                }
            }
            Turn::Lost => return Ending::Leave,
        }
    }
}

/// The conversation's contact was merged while this came in: it is answered where the person's talk goes on.
async fn follow(worker: &Worker, held: Held, loaded: &Loaded) -> Ending {
    match contacts::follow_merge(&worker.pool, held.key).await {
        Ok(into) => {
            let tenant = loaded.conversation.get("tenant_id").and_then(serde_json::Value::as_str);
            if let Some(tenant) = tenant.and_then(|id| id.parse().ok()) {
                worker.bus.wake(streams::inbound_subject(tenant), into).await;
            }
            // Nothing is left here, or it was handed to its new contact and is looked at again.
            Ending::Nak(Duration::ZERO)
        }
        Err(error) => {
            warn!(conversation = %held.key, %error, "cannot follow a merge; the conversation is looked at again");
            Ending::Leave
        }
    }
}

enum Released {
    Yes,
    NotYet,
    Unknown,
}

async fn release(worker: &Worker, held: Held) -> Released {
    match worker.heart.release(&[held]).await {
        Ok(still_mine) if still_mine.is_empty() => Released::Yes,
        Ok(_) => Released::NotYet,
        Err(error) => {
            warn!(conversation = %held.key, %error, "release failed; reconcile hands the key back");
            Released::Unknown
        }
    }
}

/// What a turn came to.
pub enum Turn {
    /// Committed, nothing more undone, the key is free.
    Released,
    /// Committed, and there is more.
    More,
    /// Something newer made it obsolete.
    Discarded,
    /// Not now.
    PutOff(Duration),
    /// Given up.
    Buried {
        /// The head.
        item: ItemId,
        /// Whether the key is free.
        released: bool,
    },
    /// Another owner has the key.
    Lost,
}

async fn one_turn(worker: &Worker, held: Held, loaded: &Loaded, discards: u32) -> Turn {
    let started = Instant::now();
    let mut snapshot = match worker.profiles.snapshot(&worker.pool, loaded).await {
        Ok(snapshot) => snapshot,
        Err(error) => return failed(worker, held, loaded, None, &format!("{error:#}")).await,
    };
    // Everything that is logged from here on, by whatever the turn asks for help, carries the id.
    let span = info_span!("turn", correlation_id = %snapshot.correlation_id, conversation = %held.key);
    think_and_commit(worker, held, loaded, &mut snapshot, discards, started).instrument(span).await
}

async fn think_and_commit(
    worker: &Worker,
    held: Held,
    loaded: &Loaded,
    snapshot: &mut Snapshot,
    discards: u32,
    started: Instant,
) -> Turn {
    if let Some(hearing) = &worker.hearing
        && let Some(wait) = hearing.wait(&worker.pool, snapshot).await
    {
        return put_off(worker, held, wait).await;
    }
    let patient = worker.brain.is_patient(snapshot);
    if let Some(wait) =
        worker.debounce.wait(patient, loaded.first_received_at, loaded.last_received_at, loaded.now)
    {
        return put_off(worker, held, wait).await;
    }
    let age = loaded.now.duration_since(loaded.first_received_at).unsigned_abs();
    let discardable = discards < DISCARDS && age < DISCARD_UNTIL;

    let slow = acknowledge::when_slow(worker, held, snapshot);
    let thought = AssertUnwindSafe(worker.brain.think(snapshot)).catch_unwind().await;
    drop(slow);
    let mut draft = match thought {
        Ok(Thought::Draft(draft)) => *draft,
        Ok(Thought::Failed(cause)) => return failed(worker, held, loaded, Some(snapshot), &cause).await,
        Err(_) => {
            return failed(worker, held, loaded, Some(snapshot), "the turn broke off by a defect in it")
                .await;
        }
    };
    // A refused effect is answered honestly, with fresh alternatives; that answer may itself be overtaken, not refused.
    for _ in 0..3 {
        let commit = drafted::commit(held, loaded, snapshot, &draft, discardable, None);
        let (turn, says) = (commit.turn.id, commit.says.len());
        match submit(worker, commit, snapshot).await {
            Ok(Committed::Done { released, .. }) => {
                note(&draft, turn, says, started.elapsed());
                return if released { Turn::Released } else { Turn::More };
            }
            Ok(Committed::Lost) => return Turn::Lost,
            Ok(Committed::Obsolete) => {
                counter!("frontdesk_conversation_turns_discarded_total").increment(1);
                return Turn::Discarded;
            }
            Ok(Committed::Refused(refusal)) => draft = worker.brain.think_again(snapshot, &refusal).await,
            Err(error) => return failed(worker, held, loaded, Some(snapshot), &error.to_string()).await,
        }
    }
    failed(worker, held, loaded, Some(snapshot), "the calendar kept refusing").await
}

/// Commits, and wakes delivery for each text.
pub async fn submit(
    worker: &Worker,
    commit: TurnCommit,
    snapshot: &Snapshot,
) -> Result<Committed, CommitError> {
    let says: Vec<Uuid> =
        commit.says.iter().filter_map(|say| say.get("id")?.as_str()?.parse().ok()).collect();
    let committed = worker.commits.submit(commit).await?;
    if matches!(committed, Committed::Done { .. }) {
        let subject = streams::outbound_subject(snapshot.conversation.channel_id.uuid());
        for message in says {
            worker.bus.wake(subject.clone(), message).await;
        }
    }
    Ok(committed)
}

async fn put_off(worker: &Worker, held: Held, wait: Duration) -> Turn {
    match worker.heart.defer(held, wait).await {
        Ok(true) => Turn::PutOff(wait),
        Ok(false) => Turn::Lost,
        Err(error) => {
            warn!(conversation = %held.key, %error, "cannot put the conversation off; reconcile hands it back");
            Turn::Lost
        }
    }
}

/// Tried again after 5 s and 15 s; then an apology, a person, and a dead letter.
async fn failed(
    worker: &Worker,
    held: Held,
    loaded: &Loaded,
    snapshot: Option<&Snapshot>,
    cause: &str,
) -> Turn {
    warn!(conversation = %held.key, attempts = loaded.attempts, cause, "turn failed");
    counter!("frontdesk_conversation_turns_failed_total").increment(1);
    let tried = usize::try_from(loaded.attempts).unwrap_or_default();
    let Some(&pause) = PAUSES.get(tried) else {
        return bury::given_up(worker, held, loaded, snapshot, cause).await;
    };
    match turns::fail(&worker.pool, worker.heart.me(), held, pause, cause, loaded.now).await {
        Ok(true) => Turn::PutOff(pause),
        Ok(false) => Turn::Lost,
        Err(error) => {
            warn!(conversation = %held.key, %error, "cannot write the failure; reconcile hands the key back");
            Turn::Lost
        }
    }
}

fn note(draft: &Draft, turn: TurnId, says: usize, took: Duration) {
    let route = draft.route.name();
    counter!("frontdesk_conversation_turns_total", "route" => route, "rule" => draft.rule).increment(1);
    histogram!("frontdesk_conversation_turn_seconds", "route" => route).record(took.as_secs_f64());
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    info!(%turn, route, rule = draft.rule, says, ms, "turn committed");
}
