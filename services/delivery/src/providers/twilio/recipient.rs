//! Whom Twilio can send to: `whatsapp:+447700900123`, or `whatsapp:` and an id of a person known by that only.

use addressing::Bsuid;

use crate::domain::causes::Cause;
use crate::domain::outcome::Trouble;

const CHANNEL: &str = "whatsapp:";

/// The longest international number (E.164) and the shortest anybody has.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The address as Twilio wants it.
pub(super) fn recipient(to: &str) -> Result<String, Trouble> {
    let to = to.trim();
    let name = to.strip_prefix(CHANNEL).unwrap_or(to);
    let number = name.strip_prefix('+').unwrap_or(name);
    if DIGITS.contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(format!("{CHANNEL}+{number}"));
    }
    if Bsuid::parse(name).is_ok() {
        return Ok(format!("{CHANNEL}{name}"));
    }
    Err(Trouble::new(Cause::InvalidAddress))
}

/// Whether a number is of North America, where WhatsApp delivers no marketing.
pub(super) fn is_north_american(to: &str) -> bool {
    recipient(to).is_ok_and(|to| to.starts_with("whatsapp:+1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ids_with_their_channel() {
        for to in ["whatsapp:+447700900123", "+447700900123", "447700900123"] {
            assert_eq!(recipient(to).unwrap(), "whatsapp:+447700900123");
        }
        let bsuid = "whatsapp:GB.70412233445566778899";
        assert_eq!(recipient(bsuid).unwrap(), bsuid);
        for to in ["", "whatsapp:", "12345", "sms:+447700900123", "218830041177123@lid"] {
            assert_eq!(recipient(to).unwrap_err().cause, Cause::InvalidAddress, "{to}");
        }
        assert!(is_north_american("whatsapp:+12025550123") && !is_north_american("whatsapp:+447700900123"));
    }
}
