//! WhatsApp's customer-service window: for 24 hours after a customer's message the business may say anything; outside it
//! only approved templates. Where there is such a rule is [`crate::domain::provider::ProviderKind::window`].
//!
//! The time of the last message is delivery's own row (`delivery.inbound`), told by conversation in the transaction that
//! accepts the message. A customer nobody knows to have written has no open window.

use std::time::Duration;

use jiff::Timestamp;

/// By so much the window is taken to close early: clocks differ, and a message takes its time to WhatsApp.
pub const MARGIN: Duration = Duration::from_secs(5 * 60);

/// Whether free content may go now. `window`: how long it stays open, `None` where there is no such rule.
pub fn is_open(window: Option<Duration>, last_inbound_at: Option<Timestamp>, now: Timestamp) -> bool {
    let Some(window) = window else { return true };
    let closes =
        last_inbound_at.and_then(|at| at.checked_add(window).ok()).and_then(|at| at.checked_sub(MARGIN).ok());
    closes.is_some_and(|closes| now < closes)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::provider::ProviderKind;

    #[test]
    fn open_for_a_day_less_a_few_minutes_where_there_is_such_a_rule() {
        let now = Timestamp::UNIX_EPOCH;
        let ago = |minutes| Some(now - SignedDuration::from_mins(minutes));
        let day = ProviderKind::Meta.window();
        assert_eq!(day, ProviderKind::Twilio.window());
        for (window, last_inbound_at, open) in [
            (day, ago(0), true),
            (day, ago(24 * 60 - 6), true),
            (day, ago(24 * 60 - 5), false),
            (day, ago(24 * 60 + 1), false),
            (day, None, false),
            (ProviderKind::Evolution.window(), None, true),
            (ProviderKind::Evolution.window(), ago(99_999), true),
        ] {
            assert_eq!(is_open(window, last_inbound_at, now), open, "{window:?} {last_inbound_at:?}");
        }
    }
}
