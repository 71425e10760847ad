use jiff::Timestamp;
use lexicon::{Danger, Mark, Word};

use super::button::Press;
use super::redact;
use crate::domain::{Item, ItemKind, Snapshot, Unreadable};

/// What a run of items says, taken together: people write in bursts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Somebody may be in danger.
    pub(super) danger: Option<Danger>,
    /// The customer opted out, and that was done at accept.
    pub(super) opt_out: bool,
    /// Staff wrote from the phone.
    pub(super) echo: bool,
    /// The last button that was pressed.
    pub(super) press: Option<Press>,
    /// All that was written, a line a message.
    pub(super) text: String,
    /// What all messages say, if each of them is made of command words; empty otherwise.
    pub(super) words: Vec<Word>,
    /// What came instead of words. Matters only without any.
    pub(super) unreadable: Option<Unreadable>,
    /// A thumb up or down, or a heart, on some message.
    pub(super) reaction: bool,
    /// A card number was among it.
    pub(super) card_number: bool,
    /// When the newest of it was written.
    pub(super) written_at: Option<Timestamp>,
}

impl Reading {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut reading = Self::default();
        let mut every_message_is_words = true;
        for item in &snapshot.items {
            match &item.kind {
                ItemKind::Echo => reading.echo = true,
                ItemKind::ChannelState => {}
                // Which message was withdrawn is not known here; it may have been the yes.
                ItemKind::Revoke => every_message_is_words = false,
                ItemKind::Reaction => {
                    reading.reaction |= item.text.as_deref().and_then(lexicon::word).is_some()
                }
                // What was changed is not known, and may have been answered already: never a command.
                ItemKind::Edit => reading.note(item, &mut every_message_is_words, Some(Unreadable::Edit)),
                ItemKind::ButtonReply { payload } | ItemKind::ListReply { payload } => {
                    match payload.as_deref().and_then(Press::read) {
                        Some(press) => {
                            reading.press = Some(press);
                            reading.written_at = reading.written_at.max(Some(item.written_at()));
                        }
                        None => reading.hear(item, &snapshot.tenant.cancel_word, &mut every_message_is_words),
                    }
                }
                kind => {
                    if item.text.as_deref().is_some_and(|text| !text.trim().is_empty()) {
                        reading.hear(item, &snapshot.tenant.cancel_word, &mut every_message_is_words);
                    } else if let Some(unreadable) = unreadable(kind) {
                        reading.note(item, &mut every_message_is_words, Some(unreadable));
                    }
                }
            }
        }
        if !every_message_is_words {
            reading.words.clear();
        }
        reading
    }

    /// The one thing the messages say, if they agree.
    pub(super) fn word(&self) -> Option<Word> {
        Word::agree(&self.words)
    }

    /// Whether anything in it could be answered.
    pub(super) fn is_empty(&self) -> bool {
        self.press.is_none() && self.text.is_empty() && self.unreadable.is_none()
    }

    fn hear(&mut self, item: &Item, cancel_word: &str, every_message_is_words: &mut bool) {
        let text = item.text.as_deref().unwrap_or_default().trim();
        self.danger = self.danger.max_by_weight(danger(item, text));
        self.opt_out |= item.mark == Some(Mark::OptOut);
        self.card_number |= redact::holds_card_number(text);
        self.written_at = self.written_at.max(Some(item.written_at()));
        if text.is_empty() {
            return;
        }
        let words = if is_cancel_word(text, cancel_word) { vec![Word::Cancel] } else { lexicon::words(text) };
        *every_message_is_words &= !words.is_empty();
        for word in words {
            if !self.words.contains(&word) {
                self.words.push(word);
            }
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }

    /// Something that is no message in words. A changed message still has words, which beside others may be of use.
    fn note(&mut self, item: &Item, every_message_is_words: &mut bool, unreadable: Option<Unreadable>) {
        let text = item.text.as_deref().unwrap_or_default();
        self.danger = self.danger.max_by_weight(danger(item, text));
        self.unreadable = unreadable;
        self.written_at = self.written_at.max(Some(item.written_at()));
        if unreadable == Some(Unreadable::Edit) {
            *every_message_is_words = false;
        }
    }
}

trait Weight {
    fn max_by_weight(self, other: Self) -> Self;
}

impl Weight for Option<Danger> {
    /// Thoughts of self-harm decide the wording whatever else was written.
    fn max_by_weight(self, other: Self) -> Self {
        if self == Some(Danger::SelfHarm) { self } else { other.or(self) }
    }
}

/// The mark decides; the text only says which danger it is. A newer word list may also see what accept did not.
fn danger(item: &Item, text: &str) -> Option<Danger> {
    lexicon::danger(text).or((item.mark == Some(Mark::RedFlag)).then_some(Danger::Emergency))
}

/// A channel may have a word of its own for CANCEL, where the usual one unsubscribes.
fn is_cancel_word(text: &str, cancel_word: &str) -> bool {
    let wanted = lexicon::normalise(cancel_word);
    !wanted.is_empty() && lexicon::normalise(text) == wanted
}

fn unreadable(kind: &ItemKind) -> Option<Unreadable> {
    match kind {
        ItemKind::Voice | ItemKind::Audio => Some(Unreadable::Sound),
        ItemKind::Image | ItemKind::Video | ItemKind::Document => Some(Unreadable::Media),
        ItemKind::Sticker | ItemKind::Location | ItemKind::Contacts | ItemKind::Unsupported => {
            Some(Unreadable::Other)
        }
        _ => None,
    }
}
