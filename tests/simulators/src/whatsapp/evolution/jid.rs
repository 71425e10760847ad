//! From the number in a request to the chat it means, with Evolution's own rules.

/// Why no chat could be found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotOnWhatsApp {
    /// The address that was looked for.
    pub jid: String,
}

/// The chat that `number` names.
///
/// Full identifiers (`…@lid`, `…@g.us`) pass as they are. Brazilian, Mexican and Argentine mobiles lose the
/// digit that WhatsApp does not use, but only when no `+` stands in front: the real check looks at the raw text.
pub(super) fn chat_of(number: &str) -> Result<String, NotOnWhatsApp> {
    if number.ends_with("@lid") || number.ends_with("@g.us") || number.ends_with("@s.whatsapp.net") {
        return Ok(number.to_owned());
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let digits = if number.starts_with('+') { digits } else { fold(&digits) };
    if digits.len() >= 18 {
        return Ok(format!("{digits}@g.us"));
    }
    let jid = format!("{digits}@s.whatsapp.net");
    if number.contains(|letter: char| letter.is_alphabetic()) || !(7..=15).contains(&digits.len()) {
        return Err(NotOnWhatsApp { jid });
    }
    Ok(jid)
}

fn fold(digits: &str) -> String {
    let without = |at: usize| {
        let mut kept = digits.to_owned();
        kept.remove(at);
        kept
    };
    if digits.len() != 13 {
        return digits.to_owned();
    }
    if digits.starts_with("52") || digits.starts_with("54") {
        return without(2);
    }
    let area: u32 = digits.get(2..4).and_then(|area| area.parse().ok()).unwrap_or(0);
    let mobile = digits.as_bytes().get(5).is_some_and(|digit| *digit >= b'7');
    if digits.starts_with("55") && area >= 31 && mobile {
        return without(4);
    }
    digits.to_owned()
}

/// The digits of a chat, as the journal shows them.
pub(super) fn digits_of(jid: &str) -> &str {
    jid.strip_suffix("@s.whatsapp.net").unwrap_or(jid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_chats_as_evolution_makes_them() {
        let cases = [
            ("447700900123", "447700900123@s.whatsapp.net"),
            ("+44 7700 900123", "447700900123@s.whatsapp.net"),
            ("218830041177123@lid", "218830041177123@lid"),
            ("120363040000000001", "120363040000000001@g.us"),
            // Belo Horizonte (31) loses its ninth digit, São Paulo (11) keeps it; so does a raw +.
            ("5531987654321", "553187654321@s.whatsapp.net"),
            ("5511987654321", "5511987654321@s.whatsapp.net"),
            ("+5531987654321", "5531987654321@s.whatsapp.net"),
            ("5215512345678", "525512345678@s.whatsapp.net"),
            ("5491123456789", "541123456789@s.whatsapp.net"),
        ];
        for (number, jid) in cases {
            assert_eq!(chat_of(number).as_deref(), Ok(jid), "{number}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_on_whatsapp() {
        for number in ["", "12345", "4477OO900123", "whatsapp:+447700900123"] {
            assert!(chat_of(number).is_err(), "{number}");
        }
    }
}
