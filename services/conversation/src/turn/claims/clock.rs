use jiff::civil::DateTime;

use super::money::is_money;
use super::tokens::{Kind, Token, tokens};
use crate::texts::{Claims, Texts};

/// One clock time, as the minutes of the day it may mean: "at 3" is both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::turn) struct Clock(Vec<u16>);

impl Clock {
    pub(in crate::turn) fn is_at(&self, at: DateTime) -> bool {
        let minutes = u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
        self.0.contains(&minutes)
    }

    pub(in crate::turn) fn may_be(&self, other: &Self) -> bool {
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

/// Clock times.
pub(in crate::turn) fn clocks(text: &str, texts: &Texts) -> Vec<Clock> {
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
            next.joined && matches!(next.text.as_str(), "/" | "%" | ":" | ".") && number(2).is_some()
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

/// Short nouns that are counted.
const COUNTED: [&str; 8] = ["days", "kids", "mins", "min", "dias", "anos", "pax", "men"];

/// "for 2 people", "by 3 days": a number with a noun of its own is no hour. A time is followed by nothing, a sign, or a
/// small word.
fn is_counted(tokens: &[Token], at: usize) -> bool {
    tokens
        .get(at)
        .filter(|next| next.kind == Kind::Word && !next.joined)
        .is_some_and(|next| next.text.chars().count() > 4 || COUNTED.contains(&next.text.as_str()))
}
