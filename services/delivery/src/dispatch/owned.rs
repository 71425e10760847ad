//! A channel while this instance owns it: what its loop knows of it.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil::Date};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        causes::Cause, door::Door, jitter, lane::Turns, quiet::QuietHours, rate::Bucket,
        repetitions::Repetitions, templates::Book,
    },
    providers::{ChannelAccount, ProviderKind},
};

/// A channel in this instance's hands.
#[derive(Debug)]
pub struct Owned {
    /// The epoch of the claim: fences every write.
    pub epoch: i64,
    /// Its name.
    pub slug: String,
    /// Whose rules hold for what it says; `None`: nobody's we know.
    pub kind: Option<ProviderKind>,
    /// Where and as whom to call; or why that cannot be known.
    pub account: Result<ChannelAccount, Cause>,
    /// Settings version of `account`.
    pub changed_at: Timestamp,
    /// When the secrets of `account` were last read.
    pub resolved_at: Instant,
    /// What is known of its templates; `None` before it was read.
    pub book: Option<Arc<Book>>,
    /// The provider's list is to be read for the first time, and nobody has tried yet.
    pub list_is_coming: bool,
    /// Templates that play a part and cannot be sent.
    pub unusable: usize,
    /// Versions of settings and templates that `book` was read at.
    pub book_at: Option<(Timestamp, Timestamp)>,
    /// When the provider's list of templates is to be read next.
    pub templates_due_at: Timestamp,
    /// The door as last written.
    pub door: Door,
    /// The bucket as last committed.
    pub bucket: Bucket,
    /// When it keeps quiet.
    pub quiet: Option<QuietHours>,
    /// Since when its number is new.
    pub new_since: Option<Date>,
    /// What it may repeat, and who waits for that.
    pub repetitions: Repetitions,
    /// It pauses until then, where it should not write like a clock.
    pub rests_until: Instant,
    /// Whose turn it is among its lanes.
    pub turns: Turns,
    /// Calls under way.
    pub calls: usize,
    /// When it deserves a look.
    pub look_at: Instant,
    /// The last look met messages that are no longer to be sent.
    pub clearing: bool,
    /// All that was queued at the last look is under way, and nothing has happened since.
    pub drained: bool,
    /// The provider is being asked about the closed door.
    pub asking: bool,
    /// Ends the pull of its wake-ups.
    pub(super) pull: CancellationToken,
}

impl Owned {
    /// The longest pause after a message; `most` is what is configured.
    pub fn longest_pause(&self, most: Duration) -> Duration {
        jitter::longest(self.kind, self.bucket.per_second, most)
    }

    /// Something happened: it deserves a look now.
    pub fn stir(&mut self) {
        self.drained = false;
        self.look_at = Instant::now();
    }
}
