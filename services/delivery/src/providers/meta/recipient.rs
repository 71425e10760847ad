//! Whom Meta can send to: a number, or a person known to the business by an id only.

use addressing::Bsuid;
use serde::Serialize;

use crate::domain::causes::Cause;
use crate::domain::outcome::Trouble;

/// The longest international number (E.164) and the shortest anybody has.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The recipient's field of a request.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Recipient<'a> {
    /// Digits alone.
    To(&'a str),
    /// A business-scoped user id.
    Recipient(&'a str),
}

/// The address as Meta wants it.
pub(super) fn recipient(to: &str) -> Result<Recipient<'_>, Trouble> {
    let to = to.trim();
    let number = to.strip_prefix('+').unwrap_or(to);
    if DIGITS.contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Recipient::To(number));
    }
    if Bsuid::parse(to).is_ok() {
        return Ok(Recipient::Recipient(to));
    }
    Err(Trouble::new(Cause::InvalidAddress))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_or_a_business_scoped_id() {
        assert_eq!(recipient("+447700900123").unwrap(), Recipient::To("447700900123"));
        assert_eq!(recipient("447700900123").unwrap(), Recipient::To("447700900123"));
        let bsuid = "GB.70412233445566778899";
        assert_eq!(recipient(bsuid).unwrap(), Recipient::Recipient(bsuid));
        for to in [
            "",
            "12345",
            "0123456789012345",
            "218830041177123@lid",
            "whatsapp:+447700900123",
            "44 7700 900123",
        ] {
            assert_eq!(recipient(to).unwrap_err().cause, Cause::InvalidAddress, "{to}");
        }
    }
}
