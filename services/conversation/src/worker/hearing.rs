//! The answer to a voice note waits for its words, for a while and without holding anything.

use std::time::Duration;

use ids::ItemId;
use jiff::Timestamp;
use lexicon::Mark;
use sqlx::PgPool;
use tracing::warn;

use crate::domain::{Item, ItemKind, Snapshot};
use crate::media::Nudge;
use crate::store::media::{self, Heard};

/// Looked at again this soon at the latest: something urgent may have come in meanwhile.
const STEP: Duration = Duration::from_secs(2);

/// How voice notes are waited for.
#[derive(Clone, Debug)]
pub struct Hearing {
    /// Longest wait after the note came in.
    pub patience: Duration,
    /// Hurries this process's fetching.
    pub nudge: Nudge,
}

impl Hearing {
    /// Puts the words of voice notes into the snapshot, and says how long to put the answer off for those that are not written
    /// down yet; `None`: answer now. Costs nothing where there is no voice note.
    pub async fn wait(&self, pool: &PgPool, snapshot: &mut Snapshot) -> Option<Duration> {
        let unheard: Vec<ItemId> =
            snapshot.items.iter().filter(|item| is_unheard(item)).map(|item| item.id).collect();
        if unheard.is_empty() {
            return None;
        }
        let heard = match media::heard(pool, &unheard).await {
            Ok(heard) => heard,
            Err(error) => {
                warn!(%error, "cannot look for transcripts; answering without");
                return None;
            }
        };
        let now = snapshot.now;
        for item in &mut snapshot.items {
            fill(item, &heard);
        }
        if snapshot.items.iter().any(|item| item.mark == Some(Mark::RedFlag)) {
            return None;
        }
        let waiting = |item: &&Item| heard.iter().any(|heard| heard.item == item.id && heard.waiting);
        let left = |item: &Item| self.patience.checked_sub(since(item.received_at, now));
        let wait =
            snapshot.items.iter().filter(waiting).filter_map(left).max().filter(|left| !left.is_zero())?;
        self.nudge.now();
        Some(wait.min(STEP))
    }
}

fn is_unheard(item: &Item) -> bool {
    item.kind == ItemKind::Voice && item.text.is_none()
}

fn fill(item: &mut Item, heard: &[Heard]) {
    let Some(heard) = heard.iter().find(|heard| heard.item == item.id) else { return };
    item.text = heard.text.clone().filter(|text| !text.is_empty()).or(item.text.take());
    item.mark = match heard.mark.as_deref() {
        Some("red_flag") => Some(Mark::RedFlag),
        Some("opt_out") => Some(Mark::OptOut),
        _ => item.mark,
    };
}

/// Zero when the clock went backwards.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}
