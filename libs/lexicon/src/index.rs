use std::collections::HashMap;
use std::sync::LazyLock;

use crate::data::{self, DataError, File};
use crate::language::{Guess, Hints};
use crate::normalise::{Tokens, squeeze};
use crate::{Danger, LANGUAGES, Word, emoji};

/// A message with more words than this is a sentence, not a command.
pub(crate) const MOST_WORDS: usize = 6;

/// The files in the order of [`LANGUAGES`].
const FILES: [&str; LANGUAGES.len()] = [
    include_str!("../languages/en.toml"),
    include_str!("../languages/es.toml"),
    include_str!("../languages/pt.toml"),
    include_str!("../languages/fr.toml"),
    include_str!("../languages/de.toml"),
    include_str!("../languages/it.toml"),
    include_str!("../languages/nl.toml"),
];

/// What one phrase says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Says(Word),
    OptOut,
    Polite,
    BeforeNumber,
    /// Lists disagree: not a command.
    Disputed,
}

impl Meaning {
    /// Whether people of other languages do not say it, as they do "ok", "stop" and "menu".
    fn tells_a_language(self) -> bool {
        use Word::{Cancel, Greeting, Keep, No, Person, Reschedule, Robot, Thanks, Yes};
        matches!(self, Self::Says(Yes | No | Greeting | Thanks | Cancel | Keep | Reschedule | Person | Robot))
    }
}

/// A phrase and the languages that list it, as bits in the order of [`LANGUAGES`].
#[derive(Debug, Clone, Copy)]
struct Entry {
    meaning: Meaning,
    languages: u8,
}

/// All lists, by phrase. One per spelling: as listed, and with doubled letters squeezed, for elongated messages.
#[derive(Debug, Default)]
struct Phrases {
    whole: HashMap<String, Entry>,
    /// Dangers by their first word.
    dangers: HashMap<String, Vec<(Vec<String>, Danger)>>,
}

/// Everything the lists say, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Index {
    listed: Phrases,
    squeezed: Phrases,
    hints: Hints,
}

impl Index {
    /// The index over the built-in lists, made on first use.
    pub(crate) fn shared() -> Result<&'static Self, &'static DataError> {
        static SHARED: LazyLock<Result<Index, DataError>> = LazyLock::new(|| {
            let mut index = Index::default();
            for (bit, (language, toml)) in LANGUAGES.into_iter().zip(FILES).enumerate() {
                index.add(bit, language, &data::parse(language, toml)?)?;
            }
            Ok(index)
        });
        SHARED.as_ref()
    }

    /// What the whole message says, in order and without repeats; empty if any part of it is not listed.
    pub(crate) fn words(&self, text: &str) -> Vec<Word> {
        let mut said = Vec::new();
        for entry in self.read(text) {
            match entry.meaning {
                Meaning::Says(word) if !said.contains(&word) => said.push(word),
                Meaning::OptOut => return Vec::new(),
                _ => {}
            }
        }
        said
    }

    pub(crate) fn is_opt_out(&self, text: &str) -> bool {
        let entries = self.read(text);
        let meant = |entry: &Entry| {
            !matches!(entry.meaning, Meaning::Polite | Meaning::Says(Word::Thanks | Word::Greeting))
        };
        entries.iter().any(meant)
            && entries.iter().filter(|entry| meant(entry)).all(|entry| entry.meaning == Meaning::OptOut)
    }

    pub(crate) fn danger(&self, text: &str) -> Option<Danger> {
        let tokens = Tokens::of(text);
        let dangers = &self.phrases(tokens.elongated).dangers;
        let mut found = None;
        for (at, word) in tokens.words.iter().enumerate() {
            for (phrase, danger) in dangers.get(word).into_iter().flatten() {
                if tokens.words[at..].starts_with(phrase) {
                    match danger {
                        Danger::SelfHarm => return Some(Danger::SelfHarm),
                        Danger::Emergency => found = Some(Danger::Emergency),
                    }
                }
            }
        }
        found
    }

    pub(crate) fn language(&self, text: &str) -> Option<Guess> {
        let telling = self.read(text).into_iter().filter(|entry| entry.meaning.tells_a_language());
        let listed = telling.fold(u8::MAX, |shared, entry| shared & entry.languages);
        self.hints.guess(&Tokens::of(text).words, listed)
    }

    /// The message as a row of listed phrases; empty if it is not one.
    fn read(&self, text: &str) -> Vec<Entry> {
        let tokens = Tokens::of(text);
        let mut entries = Vec::new();
        if (1..=MOST_WORDS).contains(&tokens.words.len()) {
            self.phrases(tokens.elongated).read(&tokens.words, &mut entries);
        }
        entries
    }

    fn phrases(&self, elongated: bool) -> &Phrases {
        if elongated { &self.squeezed } else { &self.listed }
    }

    fn add(&mut self, bit: usize, language: &'static str, file: &File) -> Result<(), DataError> {
        let words = &file.words;
        let lists = [
            (&words.yes, Meaning::Says(Word::Yes)),
            (&words.ok, Meaning::Says(Word::Ok)),
            (&words.no, Meaning::Says(Word::No)),
            (&words.confirm, Meaning::Says(Word::Confirm)),
            (&words.cancel, Meaning::Says(Word::Cancel)),
            (&words.keep, Meaning::Says(Word::Keep)),
            (&words.reschedule, Meaning::Says(Word::Reschedule)),
            (&words.person, Meaning::Says(Word::Person)),
            (&words.menu, Meaning::Says(Word::Menu)),
            (&words.start, Meaning::Says(Word::Start)),
            (&words.quit, Meaning::Says(Word::Quit)),
            (&words.greeting, Meaning::Says(Word::Greeting)),
            (&words.thanks, Meaning::Says(Word::Thanks)),
            (&words.robot, Meaning::Says(Word::Robot)),
            (&words.opt_out, Meaning::OptOut),
            (&file.fillers.polite, Meaning::Polite),
            (&file.fillers.before_number, Meaning::BeforeNumber),
        ];
        let numbers = file.numbers.iter().map(|(number, list)| (list, Meaning::Says(Word::Number(*number))));
        for (list, meaning) in lists.into_iter().chain(numbers) {
            for phrase in list {
                let tokens = tokens(language, phrase)?;
                self.listed.add(&tokens, meaning, bit);
                self.squeezed.add(&squeezed(&tokens), meaning, bit);
            }
        }
        for (list, danger) in
            [(&file.danger.emergency, Danger::Emergency), (&file.danger.self_harm, Danger::SelfHarm)]
        {
            for phrase in list {
                let tokens = tokens(language, phrase)?;
                self.squeezed.add_danger(squeezed(&tokens), danger);
                self.listed.add_danger(tokens, danger);
            }
        }
        for phrase in &file.hints.words {
            self.hints.add(&tokens(language, phrase)?.join(" "), bit);
        }
        Ok(())
    }
}

impl Phrases {
    /// Cuts `words` into listed phrases, longest first, trying shorter ones where the rest does not fit.
    fn read(&self, words: &[String], entries: &mut Vec<Entry>) -> bool {
        if words.is_empty() {
            return true;
        }
        (1..=words.len()).rev().any(|length| {
            let (head, rest) = words.split_at(length);
            let Some(entry) = self.entry(head) else { return false };
            if entry.meaning == Meaning::BeforeNumber
                && !rest.first().is_some_and(|next| self.is_number(next))
            {
                return false;
            }
            entries.push(entry);
            let fits = self.read(rest, entries);
            if !fits {
                entries.pop();
            }
            fits
        })
    }

    fn entry(&self, phrase: &[String]) -> Option<Entry> {
        let says = |word| Entry { meaning: Meaning::Says(word), languages: u8::MAX };
        if let [only] = phrase {
            match only.as_str() {
                emoji::YES => return Some(says(Word::Ok)),
                emoji::NO => return Some(says(Word::No)),
                emoji::FRIENDLY => return Some(says(Word::Thanks)),
                digits if is_digits(digits) => {
                    return digits.parse().ok().map(|number| says(Word::Number(number)));
                }
                _ => {}
            }
        }
        self.whole.get(&phrase.join(" ")).filter(|entry| entry.meaning != Meaning::Disputed).copied()
    }

    fn is_number(&self, word: &str) -> bool {
        self.entry(&[word.to_owned()])
            .is_some_and(|entry| matches!(entry.meaning, Meaning::Says(Word::Number(_))))
    }

    fn add(&mut self, phrase: &[String], meaning: Meaning, bit: usize) {
        let languages = 1 << bit;
        self.whole
            .entry(phrase.join(" "))
            .and_modify(|entry| {
                if entry.meaning != meaning {
                    entry.meaning = Meaning::Disputed;
                }
                entry.languages |= languages;
            })
            .or_insert(Entry { meaning, languages });
    }

    fn add_danger(&mut self, phrase: Vec<String>, danger: Danger) {
        if let Some(first) = phrase.first() {
            self.dangers.entry(first.clone()).or_default().push((phrase, danger));
        }
    }

    #[cfg(test)]
    pub(crate) fn disputed(&self) -> Vec<&str> {
        let mut phrases: Vec<_> = self
            .whole
            .iter()
            .filter(|(_, entry)| entry.meaning == Meaning::Disputed)
            .map(|(phrase, _)| phrase.as_str())
            .collect();
        phrases.sort_unstable();
        phrases
    }
}

#[cfg(test)]
impl Index {
    pub(crate) fn disputed(&self) -> (Vec<&str>, Vec<&str>) {
        (self.listed.disputed(), self.squeezed.disputed())
    }

    pub(crate) fn files() -> impl Iterator<Item = (&'static str, Result<File, DataError>)> {
        LANGUAGES.into_iter().zip(FILES).map(|(language, toml)| (language, data::parse(language, toml)))
    }

    pub(crate) fn shared_hints(&self) -> Vec<&str> {
        self.hints.shared()
    }
}

fn tokens(language: &'static str, phrase: &str) -> Result<Vec<String>, DataError> {
    let words = Tokens::of(phrase).words;
    if (1..=MOST_WORDS).contains(&words.len()) {
        Ok(words)
    } else {
        Err(DataError::Phrase { language, phrase: phrase.to_owned() })
    }
}

fn squeezed(tokens: &[String]) -> Vec<String> {
    tokens.iter().map(|word| squeeze(word)).collect()
}

fn is_digits(word: &str) -> bool {
    (1..=2).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit())
}
