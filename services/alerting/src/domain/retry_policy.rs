//! What is done about dead letters of one cause without asking anybody.

use std::time::Duration;

use jiff::Timestamp;

/// The shortest and the longest wait after a death.
pub const AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(7 * 24 * 3600));
/// The fewest and the most replays of one message.
pub const AT_MOST: (i32, i32) = (1, 20);

/// A policy.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// The cause's stable name.
    pub cause: String,
    /// So long after its death a letter is replayed. Whole seconds.
    pub after: Duration,
    /// At most so often, over all replays of one message.
    pub at_most: i32,
    /// The role of the token that set it.
    pub set_by: String,
    /// When it was set.
    pub set_at: Timestamp,
}
