//! The two lines of a vCard that matter to a front desk.

use crate::domain::Card;

/// Reads name and numbers. `name` wins over the name in the card.
pub(super) fn card(name: Option<String>, vcard: &str) -> Card {
    let mut card = Card { name, phones: Vec::new() };
    for line in vcard.lines() {
        let Some((property, value)) = line.trim().split_once(':') else { continue };
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        // `item1.TEL;type=CELL;waid=…`: a group in front, parameters behind.
        let name = property.split(';').next().unwrap_or_default();
        match name.rsplit('.').next().unwrap_or_default() {
            tel if tel.eq_ignore_ascii_case("TEL") => card.phones.push(value.to_owned()),
            full_name if full_name.eq_ignore_ascii_case("FN") && card.name.is_none() => {
                card.name = Some(value.to_owned());
            }
            _ => {}
        }
    }
    card
}

#[cfg(test)]
mod tests {
    use super::card;

    #[test]
    fn name_and_numbers_are_read() {
        let text = "BEGIN:VCARD\nVERSION:3.0\nFN:Tom Okafor\nitem1.TEL;type=CELL;waid=447700900145:+44 7700 900145\nTEL:\nEND:VCARD";
        let read = card(None, text);
        assert_eq!(read.name.as_deref(), Some("Tom Okafor"));
        assert_eq!(read.phones, ["+44 7700 900145"]);
        assert_eq!(card(Some("Shown".to_owned()), text).name.as_deref(), Some("Shown"));
        assert_eq!(card(None, "no card at all").phones.len(), 0);
    }
}
