//! What a model is not shown: numbers and addresses that belong to people.

use lexicon::{CARD, is_card, replace_numbers, without_card_numbers};

/// A text without personal numbers and addresses, and the way back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redactor {
    found: Vec<(String, String)>,
}

impl Redactor {
    /// `text` with phone numbers, mail addresses and long numbers replaced by placeholders; the same one gets the same.
    pub fn redact(&mut self, text: &str) -> String {
        let without_cards = replace_numbers(text, &mut |_, digits| is_card(digits).then(|| CARD.to_owned()));
        let without_mail = self.replace_mails(&without_cards);
        replace_numbers(&without_mail, &mut |run, digits| {
            (digits.len() >= 7 && !is_date(run)).then(|| self.placeholder("number", run))
        })
    }

    /// `text` with the placeholders filled in again, for the customer whose numbers they are.
    pub fn restore(&self, text: &str) -> String {
        self.found
            .iter()
            .fold(text.to_owned(), |text, (placeholder, original)| text.replace(placeholder, original))
    }

    fn replace_mails(&mut self, text: &str) -> String {
        let mut redacted = String::with_capacity(text.len());
        for (at, word) in text.split(' ').enumerate() {
            if at > 0 {
                redacted.push(' ');
            }
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            if is_mail(bare) {
                let placeholder = self.placeholder("mail", bare);
                redacted.push_str(&word.replace(bare, &placeholder));
            } else {
                redacted.push_str(word);
            }
        }
        redacted
    }

    fn placeholder(&mut self, what: &str, original: &str) -> String {
        if let Some((placeholder, _)) = self.found.iter().find(|(_, known)| known == original) {
            return placeholder.clone();
        }
        let placeholder = format!("[{what} {}]", self.found.len() + 1);
        self.found.push((placeholder.clone(), original.to_owned()));
        placeholder
    }
}

/// Whether there is a card number in it, or was before it was stored.
pub fn holds_card_number(text: &str) -> bool {
    text.contains(CARD) || without_card_numbers(text).is_some()
}

/// The digits of every number that is long enough to be dialled and is no date.
pub(super) fn long_numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    replace_numbers(text, &mut |run, digits| {
        if digits.len() >= 7 && !is_date(run) {
            found.push(digits.to_owned());
        }
        None
    });
    found
}

/// "2026-03-05", "5/3/2026", "05.03.2026 10": days have to stay readable. A phone number has longer groups.
fn is_date(run: &str) -> bool {
    let mut groups = run.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).map(str::len);
    let shape: Vec<usize> = groups.by_ref().take(6).collect();
    matches!(shape.as_slice(), [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 4, ..])
        && shape.iter().skip(3).all(|length| *length <= 2)
        && !run.starts_with('+')
}

pub(super) fn is_mail(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.contains('@')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn personal_numbers_are_hidden_and_come_back() {
        let mut redactor = Redactor::default();
        let text = "call +351 912 345 678 or (0)912-345-678, mail ana.silva@example.com!";
        let redacted = redactor.redact(text);
        assert_eq!(redacted, "call [number 2] or ([number 3], mail [mail 1]!");
        assert_eq!(redactor.restore(&redacted), text);
        assert_eq!(redactor.redact("again +351 912 345 678"), "again [number 2]");
    }

    #[test]
    fn days_times_and_prices_stay() {
        for text in [
            "on 2026-03-05 at 10:00",
            "5/3/2026 please",
            "05.03.2026 10",
            "between 9 and 11",
            "room 1204",
            "30 - 40 euros",
            "10:30 - 11:30",
        ] {
            assert_eq!(Redactor::default().redact(text), text);
        }
    }

    #[test]
    fn cards_never_come_back() {
        for card in ["4111 1111 1111 1111", "4111111111111111", "5500-0000-0000-0004"] {
            let mut redactor = Redactor::default();
            let redacted = redactor.redact(&format!("pay with {card} ok"));
            assert_eq!(redacted, format!("pay with {CARD} ok"));
            assert_eq!(redactor.restore(&redacted), redacted);
            assert_eq!(without_card_numbers(&format!("my card {card}")), Some(format!("my card {CARD}")));
        }
        assert_eq!(without_card_numbers("4111 1111 1111 1112 is no card"), None);
        assert!(holds_card_number(CARD));
    }

    proptest! {
        #[test]
        fn nothing_breaks_it_and_no_long_number_survives(text in "\\PC{0,120}") {
            let redacted = Redactor::default().redact(&text);
            prop_assert!(!redacted.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= 9), "{}", redacted);
        }

        #[test]
        fn phones_in_any_grouping_are_hidden(groups in proptest::collection::vec("[0-9]{3}", 3..5)) {
            let phone = format!("+{}", groups.join(" "));
            let redacted = Redactor::default().redact(&format!("it is {phone}."));
            prop_assert!(!redacted.contains(&groups[0]) || redacted.contains("[card"), "{}", redacted);
        }
    }
}
