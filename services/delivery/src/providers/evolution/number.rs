//! Whom Evolution can send to.

use crate::domain::causes::Cause;
use crate::domain::outcome::Trouble;

/// The longest international number (E.164). Evolution takes 18 digits and more for a group.
const LONGEST_NUMBER: usize = 15;

/// The shortest number anybody has.
const SHORTEST_NUMBER: usize = 7;

/// The address as Evolution wants it: digits alone, or the whole of a LID.
///
/// A leading `+` would defeat its search for the other form of Brazilian, Mexican and Argentinian numbers, and the
/// full `…@s.whatsapp.net` form skips that search. Groups, lists and channels are not for us.
pub(super) fn recipient(to: &str) -> Result<&str, Trouble> {
    let to = to.trim();
    let refused = || Trouble::new(Cause::InvalidAddress);
    if let Some(lid) = to.strip_suffix("@lid") {
        return if is_digits(lid) { Ok(to) } else { Err(refused()) };
    }
    let number = to.strip_suffix("@s.whatsapp.net").or_else(|| to.strip_suffix("@c.us")).unwrap_or(to);
    let number = number.strip_prefix('+').unwrap_or(number);
    let fits = (SHORTEST_NUMBER..=LONGEST_NUMBER).contains(&number.len());
    if fits && is_digits(number) { Ok(number) } else { Err(refused()) }
}

/// The form under which Evolution files the chat with an address.
pub(super) fn chat(address: &str) -> Result<String, Trouble> {
    let recipient = recipient(address)?;
    let is_lid = recipient.contains('@');
    Ok(if is_lid { recipient.to_owned() } else { format!("{recipient}@s.whatsapp.net") })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_alone_or_a_whole_lid() {
        for (to, expected) in [
            ("447700900123", "447700900123"),
            ("+447700900123", "447700900123"),
            ("447700900123@s.whatsapp.net", "447700900123"),
            ("447700900123@c.us", "447700900123"),
            (" 447700900123 ", "447700900123"),
            ("218830041177123@lid", "218830041177123@lid"),
        ] {
            assert_eq!(recipient(to).unwrap(), expected);
        }
        assert_eq!(chat("+447700900123").unwrap(), "447700900123@s.whatsapp.net");
        assert_eq!(chat("218830041177123@lid").unwrap(), "218830041177123@lid");
    }

    #[test]
    fn everything_else_is_refused_without_a_call() {
        for to in [
            "",
            "@lid",
            "+",
            "12345",
            "0123456789012345",
            "120363040000000001@g.us",
            "status@broadcast",
            "447700900123:7@s.whatsapp.net",
            "44 7700 900123",
            "whatsapp:+447700900123",
            "GB.70412233445566778899",
            "٤٤٧٧٠٠٩٠٠١٢٣",
        ] {
            let trouble = recipient(to).unwrap_err();
            assert_eq!(trouble.cause, Cause::InvalidAddress, "{to}");
        }
    }
}
