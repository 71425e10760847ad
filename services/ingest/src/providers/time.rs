//! The clocks of providers.

use jiff::Timestamp;

/// Unix seconds. `None` for zero, negatives and what no clock can mean. Milliseconds, which some versions send in the
/// place of seconds, are recognised by their size.
pub(super) fn unix(seconds: i64) -> Option<Timestamp> {
    const MILLISECONDS_FROM: i64 = 100_000_000_000; // the year 5138 in seconds, 1973 in milliseconds
    match seconds {
        ..=0 => None,
        1..MILLISECONDS_FROM => Timestamp::from_second(seconds).ok(),
        MILLISECONDS_FROM.. => unix_millis(seconds),
    }
}

/// Unix milliseconds.
pub(super) fn unix_millis(milliseconds: i64) -> Option<Timestamp> {
    if milliseconds <= 0 {
        return None;
    }
    Timestamp::from_millisecond(milliseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::unix;

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        assert_eq!(unix(1_772_460_930).unwrap().to_string(), "2026-03-02T14:15:30Z");
        assert_eq!(unix(1_772_460_930_123).unwrap().to_string(), "2026-03-02T14:15:30.123Z");
        for nonsense in [0, -1, i64::MAX, i64::MIN] {
            assert_eq!(unix(nonsense), None);
        }
    }
}
