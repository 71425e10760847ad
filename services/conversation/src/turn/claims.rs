//! Times, days, prices, links and numbers that a text states. Pure; reads any of our languages.

use jiff::civil::{Date, DateTime};

use super::redact;
use crate::texts::{Calendar, Claims, Texts};

/// One clock time, as the minutes of the day it may mean: "at 3" is both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clock(Vec<u16>);

impl Clock {
    pub(super) fn is_at(&self, at: DateTime) -> bool {
        let minutes = u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
        self.0.contains(&minutes)
    }

    pub(super) fn may_be(&self, other: &Self) -> bool {
        self.0.iter().any(|minutes| other.0.contains(minutes))
    }

    fn of(hour: u16, minute: u16, half: Option<Half>) -> Option<Self> {
        let at = |hour: u16| hour * 60 + minute;
        (minute < 60).then_some(())?;
        Some(Self(match (hour, half) {
            (1..=12, Some(half)) => vec![at(hour % 12 + if half == Half::Afternoon { 12 } else { 0 })],
            (1..=11, None) => vec![at(hour), at(hour + 12)],
            (12, None) => vec![at(12), at(0)],
            (0, _) | (13..=23, _) => vec![at(hour)],
            (24, _) if minute == 0 => vec![0],
            _ => return None,
        }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// One day: day of the month, and the months it may be in; none when only the day was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day(Vec<(i8, Option<i8>)>);

impl Day {
    pub(super) fn is(&self, date: Date) -> bool {
        self.0
            .iter()
            .any(|(day, month)| *day == date.day() && month.is_none_or(|month| month == date.month()))
    }

    pub(super) fn may_be(&self, other: &Self) -> bool {
        self.0.iter().any(|mine| other.0.contains(mine))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Word,
    Sign,
}

/// A piece of text: digits, letters, or one sign. Letters are folded, so that "às" is "as".
#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    text: String,
    /// Nothing stands between it and the piece before.
    joined: bool,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<(Kind, String, bool)> = Vec::new();
    let mut joined = false;
    for c in text.chars() {
        let kind = if c.is_ascii_digit() {
            Kind::Number
        } else if c.is_alphabetic() || matches!(c, '\'' | '’') {
            Kind::Word
        } else if c.is_whitespace() {
            joined = false;
            continue;
        } else {
            Kind::Sign
        };
        match tokens.last_mut() {
            Some((last, text, _)) if joined && *last == kind && kind != Kind::Sign => text.push(c),
            _ => tokens.push((kind, c.to_string(), joined)),
        }
        joined = true;
    }
    tokens
        .into_iter()
        .map(|(kind, text, joined)| Token {
            kind,
            text: if kind == Kind::Word { lexicon::fold(&text) } else { text },
            joined,
        })
        .collect()
}

impl Token {
    fn number(&self) -> Option<u16> {
        (self.kind == Kind::Number && self.text.len() <= 4).then(|| self.text.parse().ok()).flatten()
    }

    fn is(&self, sign: &str) -> bool {
        self.text == sign
    }
}

/// Clock times.
pub(super) fn clocks(text: &str, texts: &Texts) -> Vec<Clock> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (clock, length) =
            clock_at(&tokens, at, texts.claims()).map_or((None, 1), |(clock, length)| (Some(clock), length));
        found.extend(clock);
        at += length;
    }
    let folded = format!(" {} ", lexicon::fold(text));
    for claims in texts.claims() {
        let says = |list: &[String]| list.iter().any(|phrase| folded.contains(&format!(" {phrase} ")));
        found.extend(says(&claims.noon).then_some(Clock(vec![12 * 60])));
        found.extend(says(&claims.midnight).then_some(Clock(vec![0])));
    }
    found
}

/// The clock time that begins at a token, and how many tokens it takes.
fn clock_at(tokens: &[Token], at: usize, claims: &[Claims]) -> Option<(Clock, usize)> {
    let token = tokens.get(at)?;
    let sign = |offset: usize, sign: &str| {
        tokens.get(at + offset).is_some_and(|token| token.is(sign) && token.joined)
    };
    let number = |offset: usize| tokens.get(at + offset).filter(|token| token.joined).and_then(Token::number);
    let two_digits = |offset: usize| tokens.get(at + offset).is_some_and(|token| token.text.len() == 2);
    if token.kind == Kind::Word {
        // "at nine": letters count only behind a word that makes them a time.
        let hour =
            claims.iter().find_map(|claims| claims.hours.iter().position(|hour| *hour == token.text))?;
        let (half, length) = half(tokens, at + 1);
        let meant = half.is_some() || is_led(tokens, at, claims) || is_followed(tokens, at + 1, claims);
        return meant
            .then(|| Clock::of(u16::try_from(hour + 1).ok()?, 0, half))
            .flatten()
            .map(|clock| (clock, 1 + length));
    }
    let hour = token.number().filter(|_| token.text.len() <= 2)?;
    let behind_sign = at > 0
        && token.joined
        && tokens.get(at - 1).is_some_and(|before| {
            before.kind == Kind::Sign && !matches!(before.text.as_str(), "(" | "*" | "_" | "~")
        });
    // 10:30, 10.30, 10h30, with am or pm or without.
    if let Some(minute) =
        number(2).filter(|_| two_digits(2) && (sign(1, ":") || sign(1, ".") || sign(1, "h")))
        && !behind_sign
    {
        let is_date = sign(1, ".") && sign(3, ".") && number(4).is_some();
        let (half, length) = half(tokens, at + 3);
        if !is_date && !is_money(tokens, at, 3, claims) {
            return Clock::of(hour, minute, half).map(|clock| (clock, 3 + length));
        }
        return None;
    }
    let (half, length) = half(tokens, at + 1);
    if half.is_some() {
        return Clock::of(hour, 0, half).map(|clock| (clock, 1 + length));
    }
    if tokens.get(at + 1).is_some_and(|next| next.is("h")) || is_followed(tokens, at + 1, claims) {
        return Clock::of(hour, 0, None).map(|clock| (clock, 2));
    }
    let plain = !behind_sign
        && !tokens.get(at + 1).is_some_and(|next| {
            next.joined && matches!(next.text.as_str(), "/" | "-" | "%" | ":" | ".") && number(2).is_some()
        });
    if plain && is_led(tokens, at, claims) && !is_counted(tokens, at + 1) && !is_money(tokens, at, 1, claims)
    {
        return Clock::of(hour, 0, None).map(|clock| (clock, 1));
    }
    None
}

/// am, pm, a.m., p.m.
fn half(tokens: &[Token], at: usize) -> (Option<Half>, usize) {
    let text = |offset: usize| tokens.get(at + offset).map_or("", |token| token.text.as_str());
    let half = |letter: &str| match letter {
        "a" => Some(Half::Morning),
        "p" => Some(Half::Afternoon),
        _ => None,
    };
    match text(0) {
        "am" => (Some(Half::Morning), 1),
        "pm" => (Some(Half::Afternoon), 1),
        letter if text(1) == "." && text(2) == "m" && half(letter).is_some() => (half(letter), 3),
        _ => (None, 0),
    }
}

/// Whether a word like "at" stands before.
fn is_led(tokens: &[Token], at: usize, claims: &[Claims]) -> bool {
    claims.iter().flat_map(|claims| &claims.before_hours).any(|phrase| {
        let words: Vec<_> = phrase.split(' ').collect();
        at.checked_sub(words.len())
            .is_some_and(|from| tokens[from..at].iter().map(|token| token.text.as_str()).eq(words))
    })
}

/// Whether a word like "o'clock" stands behind.
fn is_followed(tokens: &[Token], at: usize, claims: &[Claims]) -> bool {
    claims.iter().flat_map(|claims| &claims.after_hours).any(|phrase| {
        let words: Vec<_> = phrase.split(' ').collect();
        tokens
            .get(at..at + words.len())
            .is_some_and(|next| next.iter().map(|token| token.text.as_str()).eq(words))
    })
}

/// "for 2 people", "by 3 days": a number with a noun of its own is no hour. A time is followed by nothing, a sign, or a
/// small word.
fn is_counted(tokens: &[Token], at: usize) -> bool {
    tokens
        .get(at)
        .is_some_and(|next| next.kind == Kind::Word && !next.joined && next.text.chars().count() > 4)
}

fn is_money(tokens: &[Token], at: usize, length: usize, claims: &[Claims]) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let after = tokens.get(at + length);
    before.is_some_and(|token| is_currency_sign(&token.text) || token.text == "r$")
        || after.is_some_and(|token| {
            is_currency_sign(&token.text)
                || claims.iter().any(|claims| claims.currencies.contains(&token.text))
        })
}

fn is_currency_sign(text: &str) -> bool {
    matches!(text, "€" | "$" | "£" | "¥")
}

/// Days.
pub(super) fn days(text: &str, texts: &Texts) -> Vec<Day> {
    let tokens = tokens(text);
    let months: Vec<_> = texts.calendars().map(folded_months).collect();
    let small = |at: usize| {
        tokens
            .get(at)
            .filter(|token| token.text.len() <= 2)
            .and_then(Token::number)
            .and_then(|number| i8::try_from(number).ok())
    };
    let sign = |at: usize, sign: &str| tokens.get(at).is_some_and(|token| token.is(sign) && token.joined);
    let month = |at: usize| {
        tokens.get(at).and_then(|token| months.iter().find_map(|names| month_named(names, &token.text)))
    };
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Number {
            continue;
        }
        if token.text.len() == 4 && sign(at + 1, "-") && sign(at + 3, "-") {
            found.extend(small(at + 2).zip(small(at + 4)).map(|(month, day)| Day(vec![(day, Some(month))])));
            continue;
        }
        let Some(day) = small(at).filter(|day| (1..=31).contains(day)) else { continue };
        let in_iso = at >= 2 && token.joined && tokens[at - 1].is("-");
        if in_iso {
            continue;
        }
        let separated =
            |separator: &str| sign(at + 1, separator) && tokens.get(at + 2).is_some_and(|token| token.joined);
        let behind_separator = at >= 1
            && token.joined
            && (tokens[at - 1].is("/") || tokens[at - 1].is(".") || tokens[at - 1].is(":"));
        if !behind_separator
            && (separated("/") || (separated(".") && sign(at + 3, ".")))
            && let Some(other) = small(at + 2)
        {
            // Which of the two is the month depends on the country.
            found.push(Day(vec![(day, Some(other)), (other, Some(day))]));
            continue;
        }
        let ordinal = tokens.get(at + 1).is_some_and(|next| {
            next.joined && matches!(next.text.as_str(), "st" | "nd" | "rd" | "th" | "º" | "ª")
        });
        let next = at + 1 + usize::from(ordinal);
        let skip = usize::from(
            tokens.get(next).is_some_and(|token| matches!(token.text.as_str(), "de" | "of" | "." | ",")),
        );
        let named = month(next + skip).or_else(|| at.checked_sub(1).and_then(month));
        if named.is_some() || ordinal {
            found.push(Day(vec![(day, named)]));
        }
    }
    found
}

/// Weekdays, 0 for Monday, by their full names in any language.
pub(super) fn weekdays(text: &str, texts: &Texts) -> Vec<usize> {
    let folded = format!(" {} ", lexicon::fold(text));
    let mut found = Vec::new();
    for calendar in texts.calendars() {
        for (day, name) in calendar.weekdays().iter().enumerate() {
            let name = lexicon::fold(name);
            // "terça-feira" is also said "terça".
            let short = name.strip_suffix(" feira").filter(|short| {
                *short != "segunda" && *short != "quarta" && *short != "quinta" && *short != "sexta"
            });
            let said =
                |name: &str| folded.contains(&format!(" {name} ")) || folded.contains(&format!(" {name}s "));
            if (said(&name) || short.is_some_and(said)) && !found.contains(&day) {
                found.push(day);
            }
        }
    }
    found
}

/// Amounts of money, as their digits.
pub(super) fn prices(text: &str, texts: &Texts) -> Vec<String> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].kind != Kind::Number {
            at += 1;
            continue;
        }
        let mut amount = tokens[at].text.clone();
        let mut end = at + 1;
        while let [sign, digits, ..] = &tokens[end..]
            && sign.joined
            && matches!(sign.text.as_str(), "." | ",")
            && digits.joined
            && digits.kind == Kind::Number
        {
            amount.push('.');
            amount.push_str(&digits.text);
            end += 2;
        }
        if is_money(&tokens, at, end - at, texts.claims()) {
            found.push(amount.strip_suffix(".00").unwrap_or(&amount).to_owned());
        }
        at = end;
    }
    found
}

/// Links, with or without a scheme.
pub(super) fn links(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '|'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/'))
        .filter(|word| host(word).is_some())
        .collect()
}

/// The host a link leads to.
pub(super) fn host(word: &str) -> Option<String> {
    let (explicit, rest) = match word.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, word),
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.contains('@') && !explicit {
        // A mail address; see `mails`.
        return None;
    }
    let host = authority.rsplit('@').next()?.split(':').next()?.to_lowercase();
    let labels: Vec<_> = host.split('.').collect();
    let looks_like_one = labels.len() >= 2
        && labels
            .iter()
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
        && labels
            .last()
            .is_some_and(|last| last.chars().count() >= 2 && last.chars().all(char::is_alphabetic))
        && labels.iter().any(|label| {
            label.chars().count() > 1
                && label.chars().any(char::is_alphabetic)
                && Some(label) != labels.last()
        });
    (looks_like_one || (explicit && !host.is_empty())).then_some(host)
}

/// Mail addresses.
pub(super) fn mails(text: &str) -> Vec<&str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| redact::is_mail(word))
        .collect()
}

/// Long numbers, as their digits: what could be dialled.
pub(super) fn phones(text: &str) -> Vec<String> {
    redact::long_numbers(text)
}

fn folded_months(calendar: &Calendar) -> Vec<String> {
    calendar.months().iter().map(|name| lexicon::fold(name)).collect()
}

/// A month by its name or the first three letters of it.
fn month_named(names: &[String], word: &str) -> Option<i8> {
    let is = |name: &String| name == word || (word.chars().count() == 3 && name.starts_with(word));
    names.iter().position(is).and_then(|at| i8::try_from(at + 1).ok())
}
