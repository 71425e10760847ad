#![doc = include_str!("../README.md")]

mod manual;

use std::fmt::Debug;
use std::sync::Arc;

use jiff::Timestamp;

pub use manual::ManualClock;

/// Tells the time. Handed to whatever decides by it, so that a test can choose the moment.
pub trait Clock: Send + Sync + Debug {
    /// The instant at which this is called.
    fn now(&self) -> Timestamp;
}

/// A clock as the parts of a program share it.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The machine's clock, ready to be shared.
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the machine's time enters")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_moves_forward() {
        let clock = SystemClock::shared();
        let first = clock.now();
        assert!(clock.now() >= first);
    }
}
