//! How much of a conversation fits. Pure.
//!
//! Tokens are estimated from bytes, without the model's tokenizer: 2.8 bytes a token is on the safe side for nine languages
//! that were measured.

/// Bytes of one token, times ten.
const BYTES_PER_TOKEN_X10: usize = 28;
/// Kept free for the answer.
pub(super) const REPLY_TOKENS: u32 = 400;
/// The newest message keeps this much; more of it loses its middle.
const NEWEST_TOKENS: usize = 600;

/// Stands where the middle of a message was.
pub(super) const CUT: &str = " […] ";

/// Bytes that fit into so many tokens.
pub(super) fn bytes(tokens: u32) -> usize {
    (tokens as usize).saturating_mul(BYTES_PER_TOKEN_X10) / 10
}

/// The newest message, with its middle taken out if it is too long: how people begin and end is what they want.
pub(super) fn newest(text: &str) -> (String, bool) {
    let most = NEWEST_TOKENS * BYTES_PER_TOKEN_X10 / 10;
    if text.len() <= most {
        return (text.to_owned(), false);
    }
    let half = (most - CUT.len()) / 2;
    let head = &text[..text.floor_char_boundary(half)];
    let tail = &text[text.ceil_char_boundary(text.len() - half)..];
    (format!("{}{CUT}{}", head.trim_end(), tail.trim_start()), true)
}

/// From which line on the history fits into `room` bytes: whole exchanges, the oldest cut first, so that it begins with a line
/// of the customer. `lines` are (bytes, whether it is the customer's).
pub(super) fn window(lines: &[(usize, bool)], room: usize) -> usize {
    let mut used = 0_usize;
    let mut from = lines.len();
    for (at, (bytes, _)) in lines.iter().enumerate().rev() {
        used = used.saturating_add(*bytes);
        if used > room {
            break;
        }
        from = at;
    }
    if from == 0 {
        return 0;
    }
    // What answers a line that was cut goes with it.
    (from..lines.len()).find(|at| lines[*at].1).unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_oldest_exchanges_go_first_and_whole() {
        let lines = [(10, true), (10, false), (10, true), (10, false), (10, true)];
        assert_eq!(window(&lines, 50), 0);
        assert_eq!(window(&lines, 49), 2);
        assert_eq!(window(&lines, 30), 2);
        assert_eq!(window(&lines, 29), 4);
        assert_eq!(window(&lines, 9), 5);
        assert_eq!(window(&[], 0), 0);
        assert_eq!(window(&[(10, false), (10, false)], 10), 2);
    }

    #[test]
    fn a_long_message_keeps_head_and_tail() {
        let text = format!("Hello, {} I need a check-up on Tuesday", "x".repeat(6000));
        let (cut, was_cut) = newest(&text);
        assert!(was_cut && cut.starts_with("Hello") && cut.ends_with("on Tuesday") && cut.contains(CUT));
        assert!(cut.len() <= 1680);
        assert_eq!(newest("short"), ("short".to_owned(), false));
    }

    proptest! {
        #[test]
        fn cutting_never_breaks_a_character_or_the_limit(text in "\\PC{0,3000}") {
            let (cut, was_cut) = newest(&text);
            prop_assert!(cut.len() <= 1680);
            prop_assert_eq!(was_cut, text.len() > 1680);
        }

        #[test]
        fn what_is_kept_fits_and_begins_with_the_customer(lines in proptest::collection::vec((0_usize..500, any::<bool>()), 0..40), room in 0_usize..4000) {
            let from = window(&lines, room);
            prop_assert!(lines[from..].iter().map(|(bytes, _)| bytes).sum::<usize>() <= room);
            prop_assert!(from == 0 || from == lines.len() || lines[from].1);
        }
    }
}
