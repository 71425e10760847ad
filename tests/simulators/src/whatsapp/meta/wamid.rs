//! Message ids as Meta makes them: opaque, and long.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;

/// Of a message from the business.
pub(super) fn outbound(digits: &str) -> String {
    let random: u128 = rand::rng().random();
    wamid(digits, 0x11, &format!("{:018X}", random & ((1 << 72) - 1)))
}

/// Of a message to the business.
pub(super) fn inbound(digits: &str) -> String {
    let random: u128 = rand::rng().random();
    wamid(digits, 0x12, &format!("3A{:018X}", random & ((1 << 72) - 1)))
}

fn wamid(digits: &str, direction: u8, stanza: &str) -> String {
    let length = |text: &str| u8::try_from(text.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![0x1C, 0x18, length(digits)];
    bytes.extend_from_slice(digits.as_bytes());
    bytes.extend_from_slice(&[0x15, 0x02, 0x00, direction, 0x18, length(stanza)]);
    bytes.extend_from_slice(stanza.as_bytes());
    bytes.push(0x00);
    format!("wamid.{}", STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_real_ones() {
        assert_eq!(
            wamid("447700900123", 0x11, "A1B2C3D4E5F6071829"),
            "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSQTFCMkMzRDRFNUY2MDcxODI5AA=="
        );
        assert_eq!(
            wamid("447700900123", 0x12, "3A5C1E7F90B24D6688A1"),
            "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgUM0E1QzFFN0Y5MEIyNEQ2Njg4QTEA"
        );
        assert_ne!(inbound("447700900123"), inbound("447700900123"));
    }
}
