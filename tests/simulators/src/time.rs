//! The simulators' own clock.
//!
//! They stand for other people's machines: what they note must not follow a clock the product's tests turn.
//! This is the only place that asks for the time.

use jiff::Timestamp;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "a simulated provider keeps its own time, whatever the product believes"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Now, in microseconds since 1970.
pub(crate) fn now_us() -> i64 {
    now().as_microsecond()
}
