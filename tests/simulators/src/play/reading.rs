//! What a customer understands of the clinic's texts.

/// One line of a list of free times: `1. Thu 5 March 10:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OfferedTime {
    /// What the customer may answer.
    pub number: String,
    /// The rest of the line.
    pub label: String,
}

impl OfferedTime {
    /// The time of day in the label.
    pub fn time(&self) -> &str {
        time_in(&self.label).unwrap_or(&self.label)
    }
}

/// The numbered lines that show a time.
pub(super) fn offered_times(text: &str) -> Vec<OfferedTime> {
    numbered_lines(text).filter(|line| time_in(&line.label).is_some()).collect()
}

/// The numbered lines that show none: services to choose from, for instance.
pub(super) fn other_choices(text: &str) -> Vec<OfferedTime> {
    numbered_lines(text).filter(|line| time_in(&line.label).is_none()).collect()
}

fn numbered_lines(text: &str) -> impl Iterator<Item = OfferedTime> {
    text.lines().filter_map(|line| {
        let line = line.trim().trim_start_matches(['*', '-', '•', ' ']);
        let digits = line.find(|letter: char| !letter.is_ascii_digit()).filter(|end| *end > 0)?;
        let (number, rest) = line.split_at(digits);
        let label = rest.strip_prefix(['.', ')'])?.trim().trim_matches('*').trim();
        Some(OfferedTime { number: number.to_owned(), label: label.to_owned() })
    })
}

/// The first `10:00` in a text.
fn time_in(text: &str) -> Option<&str> {
    text.match_indices(':').find_map(|(at, _)| {
        let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).count();
        let after = digits(text.get(at + 1..)?);
        let before = text.get(..at)?.chars().rev().take_while(char::is_ascii_digit).count();
        ((1..=2).contains(&before) && after == 2).then(|| text.get(at - before..at + 3)).flatten()
    })
}

/// True when the text asks for a yes.
pub(super) fn asks(text: &str) -> bool {
    text.contains('?') && offered_times(text).is_empty()
}

/// True when the text proposes that time and asks.
pub(super) fn proposes(text: &str, slot: &OfferedTime) -> bool {
    asks(text) && text.contains(slot.time())
}

/// True when the text says that this time is booked.
pub(super) fn says_booked(text: &str, slot: &OfferedTime) -> bool {
    let done = says_one_of(
        text,
        &["booked", "confirmed", "reserved", "see you", "all set", "reservad", "confirmad", "le esperamos"],
    );
    text.contains(slot.time()) && offered_times(text).is_empty() && (done || !text.contains('?'))
}

/// True when the text is a reminder: it names the word that cancels.
pub(super) fn reminds(text: &str) -> bool {
    text.contains("CANCEL") && offered_times(text).is_empty()
}

/// The words by which the text says to cancel: `CANCEL VISIT` in "Reply CANCEL VISIT to cancel.". Some providers keep
/// the bare word for themselves.
pub(super) fn cancel_words(text: &str) -> String {
    let Some(at) = text.find("CANCEL") else { return "CANCEL".to_owned() };
    let words = text.get(at..).unwrap_or_default().split_whitespace();
    let shouted = |word: &&str| word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
    let words: Vec<&str> = words.take_while(shouted).collect();
    words.join(" ").trim_end_matches(|letter: char| !letter.is_alphabetic()).to_owned()
}

/// True when the text says that the appointment is cancelled.
pub(super) fn says_cancelled(text: &str) -> bool {
    let done = says_one_of(text, &["cancelled", "canceled", "called off", "cancelad", "anulad"]);
    done && offered_times(text).is_empty() && !text.trim_end().ends_with('?')
}

fn says_one_of(text: &str, words: &[&str]) -> bool {
    let lower = text.to_lowercase();
    words.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "Here is what I found.\n1. Thu 5 March 10:00\n2) Thu 5 March 11:30\n *3. Fri 6 March 9:15*\nWhich one suits you?";

    #[test]
    fn the_list_of_times_is_read() {
        let times = offered_times(LIST);
        let read: Vec<(&str, &str, &str)> =
            times.iter().map(|line| (line.number.as_str(), line.label.as_str(), line.time())).collect();
        assert_eq!(
            read,
            [
                ("1", "Thu 5 March 10:00", "10:00"),
                ("2", "Thu 5 March 11:30", "11:30"),
                ("3", "Fri 6 March 9:15", "9:15"),
            ]
        );
        assert_eq!(other_choices("What for?\n1. Check-up\n2. Cleaning").len(), 2);
        assert!(offered_times("1. Check-up\nCall 020:123").is_empty());
    }

    #[test]
    fn the_words_that_cancel_are_those_that_are_named() {
        for (text, words) in [
            ("Reply CANCEL to cancel.", "CANCEL"),
            ("Please arrive early. Reply CANCEL VISIT to cancel.", "CANCEL VISIT"),
            ("To cancel it, reply CANCEL VISIT.", "CANCEL VISIT"),
            ("nothing", "CANCEL"),
        ] {
            assert_eq!(cancel_words(text), words, "{text}");
        }
    }

    #[test]
    fn each_text_is_understood_as_what_it_is() {
        let slot = offered_times(LIST).remove(0);
        let proposal = "Check-up with Ana, Thu 5 March 10:00. Shall I book it? Please answer yes or no.";
        let booked = "Booked: check-up, Thu 5 March 10:00. Reply CANCEL to cancel it.";
        let reminder = "Reminder: your appointment is today at 10:00. Reply CANCEL if you cannot come.";
        let asked = "Shall I cancel your check-up on Thu 5 March 10:00? yes / no";
        let cancelled = "Your appointment on Thu 5 March 10:00 is cancelled.";
        let seen = |text: &str| {
            [proposes(text, &slot), says_booked(text, &slot), reminds(text), says_cancelled(text), asks(text)]
        };
        assert_eq!(seen(proposal), [true, false, false, false, true]);
        assert_eq!(seen(booked), [false, true, true, false, false]);
        assert_eq!(seen(reminder), [false, true, true, false, false]);
        assert_eq!(seen(asked), [true, false, false, false, true]);
        assert_eq!(seen(cancelled), [false, true, false, true, false]);
        assert_eq!(seen(LIST), [false; 5]);
        assert_eq!(seen("One moment, please."), [false; 5]);
    }
}
