//! What becomes of a reminder whose time has come.

use jiff::Timestamp;

/// A due reminder together with its booking, both as they are now.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// The version of the booking for which it was planned.
    pub planned_for: i32,
    /// The version of the booking now.
    pub version: i32,
    /// Whether the booking stands.
    pub confirmed: bool,
    /// When the visit begins.
    pub starts_at: Timestamp,
    /// From when on it is too late to send.
    pub not_after: Timestamp,
    /// Whether there is a way to reach the customer.
    pub reachable: bool,
}

/// What to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Hand it to delivery, which drops it at `not_after`.
    Send {
        /// From when on it is too late.
        not_after: Timestamp,
    },
    /// It must not be sent any more.
    Void(&'static str),
    /// Its time passed while nobody looked.
    Expire(&'static str),
}

/// Decides on the booking as it is in this very transaction, whatever happened since the reminder was planned.
pub fn decide(due: &Due, now: Timestamp) -> Decision {
    let not_after = due.not_after.min(due.starts_at);
    if !due.confirmed {
        Decision::Void("the booking was cancelled")
    } else if due.version != due.planned_for {
        Decision::Void("the booking was moved")
    } else if !due.reachable {
        Decision::Void("there is no way to reach the customer")
    } else if due.starts_at <= now {
        Decision::Expire("the appointment had begun")
    } else if not_after <= now {
        Decision::Expire("the next reminder was already due")
    } else {
        Decision::Send { not_after }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn due() -> Due {
        Due {
            planned_for: 1,
            version: 1,
            confirmed: true,
            starts_at: NOW + 4.hours(),
            not_after: NOW + 2.hours(),
            reachable: true,
        }
    }

    #[test]
    fn a_standing_booking_is_reminded_of() {
        assert_eq!(decide(&due(), NOW), Decision::Send { not_after: NOW + 2.hours() });
        let last = Due { not_after: NOW + 9.hours(), ..due() };
        assert_eq!(
            decide(&last, NOW),
            Decision::Send { not_after: NOW + 4.hours() },
            "never after the visit"
        );
    }

    #[test]
    fn whatever_changed_silences_it() {
        for (change, decision) in [
            (Due { confirmed: false, ..due() }, Decision::Void("the booking was cancelled")),
            (Due { version: 2, ..due() }, Decision::Void("the booking was moved")),
            (Due { reachable: false, ..due() }, Decision::Void("there is no way to reach the customer")),
            (Due { starts_at: NOW, ..due() }, Decision::Expire("the appointment had begun")),
            (Due { not_after: NOW, ..due() }, Decision::Expire("the next reminder was already due")),
        ] {
            assert_eq!(decide(&change, NOW), decision);
        }
    }
}
