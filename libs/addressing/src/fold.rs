//! Countries where the same subscriber is written in two ways.
//!
//! * Brazil (55): mobiles have nine digits after the area code; WhatsApp ids of older accounts leave the first of
//!   them, always a 9, out. Land lines start with 2 to 5 and have eight digits, so they are left alone.
//! * Mexico (52): WhatsApp ids carry a 1 after the country code that the numbering plan dropped in 2019.
//! * Argentina (54): WhatsApp ids carry the 9 that marks a mobile called from abroad.

use std::borrow::Cow;

/// The one spelling of `digits` (country code first, no `+`) that all its variants fold to. Idempotent.
pub(crate) fn fold(digits: &str) -> Cow<'_, str> {
    let at = |index: usize| digits.as_bytes().get(index).copied();
    match (digits.get(..2), digits.len()) {
        (Some("55"), 12) if matches!(at(4), Some(b'6'..=b'9')) => {
            Cow::Owned(format!("{}9{}", &digits[..4], &digits[4..]))
        }
        (Some("52"), 13) if at(2) == Some(b'1') => without_third(digits),
        (Some("54"), 13) if at(2) == Some(b'9') => without_third(digits),
        _ => Cow::Borrowed(digits),
    }
}

fn without_third(digits: &str) -> Cow<'_, str> {
    Cow::Owned(format!("{}{}", &digits[..2], &digits[3..]))
}
