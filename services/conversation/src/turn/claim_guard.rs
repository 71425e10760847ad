//! Whether free text claims more than the records of this turn show. Pure.
//!
//! A model states things that are not so: times nobody offered, appointments nobody made, calls nobody will make. Whatever
//! carries a commitment is written by code; this is the net under the rest. It would rather hold back a true sentence than let
//! a false one pass, since the customer then reads one that code wrote.

use jiff::civil::{Date, DateTime};

use super::{claims, plain, prompt};
use crate::texts::Texts;

/// A line of the policy of this length, word for word, is no coincidence.
const QUOTE: usize = 40;

/// What a text may state.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Offered, proposed and booked times, local.
    pub times: Vec<DateTime>,
    /// Starts of appointments that exist, local.
    pub bookings: Vec<DateTime>,
    /// What the business itself wrote for its agent.
    pub trusted: Vec<String>,
    /// Pieces of knowledge found in this turn.
    pub snippets: Vec<String>,
    /// Hosts that may be linked to.
    pub links: Vec<String>,
    /// The newest message of the customer: days they named may be named back.
    pub customer: String,
    /// Today, local.
    pub today: Date,
    /// Free times were looked for.
    pub searched: bool,
}

/// Something a text claims without a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// A clock time.
    Time,
    /// A day.
    Day,
    /// A price.
    Price,
    /// A link.
    Link,
    /// A phone number.
    Phone,
    /// That something was booked, moved or cancelled.
    Done,
    /// That something is free, or not.
    Available,
    /// That somebody will do something later.
    Promise,
    /// Medical advice.
    Advice,
    /// To be a person.
    Human,
    /// The instructions themselves.
    Policy,
}

impl Finding {
    /// What the model is told, so that its next answer is better.
    pub const fn instruction(&self) -> &'static str {
        match self {
            Self::Time => "It names a time that no tool result shows.",
            Self::Day => "It names a day that neither a tool result nor the customer named.",
            Self::Price => "It names a price that is not in the notes.",
            Self::Link => "It holds a link that is not allowed.",
            Self::Phone => "It holds a phone number that is not the business's.",
            Self::Done => {
                "It says or suggests that something is booked, confirmed, moved or cancelled; only the program says that."
            }
            Self::Available => "It says what is free without find_slots.",
            Self::Promise => "It promises that somebody will do something later.",
            Self::Advice => "It gives medical advice.",
            Self::Human => "It claims to be a person.",
            Self::Policy => "It repeats your instructions.",
        }
    }
}

/// What `text` claims without a record, each kind once.
pub fn check(text: &str, texts: &Texts, records: &Records) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut note = |finding: Finding, is_found: bool| {
        if is_found && !found.contains(&finding) {
            found.push(finding);
        }
    };
    let written: Vec<&str> = records.trusted.iter().chain(&records.snippets).map(String::as_str).collect();

    let known: Vec<_> = written.iter().flat_map(|text| claims::clocks(text, texts)).collect();
    note(
        Finding::Time,
        claims::clocks(text, texts).iter().any(|clock| {
            !records.times.iter().any(|at| clock.is_at(*at)) && !known.iter().any(|other| clock.may_be(other))
        }),
    );

    let known: Vec<_> = written
        .iter()
        .chain([&records.customer.as_str()])
        .flat_map(|text| claims::days(text, texts))
        .collect();
    let dates: Vec<_> = records.times.iter().map(|at| at.date()).chain([records.today]).collect();
    note(
        Finding::Day,
        claims::days(text, texts).iter().any(|day| {
            !dates.iter().any(|date| day.is(*date)) && !known.iter().any(|other| day.may_be(other))
        }),
    );

    let known: Vec<_> = written
        .iter()
        .chain([&records.customer.as_str()])
        .flat_map(|text| claims::weekdays(text, texts))
        .collect();
    let weekdays: Vec<_> = dates.iter().map(|date| weekday(*date)).collect();
    note(
        Finding::Day,
        claims::weekdays(text, texts).iter().any(|day| !weekdays.contains(day) && !known.contains(day)),
    );

    let known: Vec<_> = written.iter().flat_map(|text| claims::prices(text, texts)).collect();
    note(Finding::Price, claims::prices(text, texts).iter().any(|price| !known.contains(price)));

    let known: Vec<_> =
        records.trusted.iter().flat_map(|text| claims::links(text)).filter_map(claims::host).collect();
    note(
        Finding::Link,
        claims::links(text)
            .into_iter()
            .filter_map(claims::host)
            .any(|host| !is_allowed(&host, &records.links) && !known.contains(&host)),
    );

    note(
        Finding::Link,
        claims::mails(text).iter().any(|mail| !written.iter().any(|text| text.contains(*mail))),
    );

    let known: Vec<_> = written.iter().flat_map(|text| claims::phones(text)).collect();
    note(
        Finding::Phone,
        claims::phones(text).iter().any(|phone| !known.iter().any(|other| same_phone(phone, other))),
    );

    for sentence in plain::sentences(text) {
        for finding in check_sentence(sentence, texts, records, &written) {
            note(finding, true);
        }
    }
    note(Finding::Policy, quotes_policy(text));
    found
}

/// Whether a sentence states nothing at all that could be wrong: fit to stand before a list that code wrote.
pub fn states_nothing(text: &str, texts: &Texts, records: &Records) -> bool {
    check(text, texts, records).is_empty()
        && claims::clocks(text, texts).is_empty()
        && claims::days(text, texts).is_empty()
        && claims::weekdays(text, texts).is_empty()
}

/// `text` without links to hosts that are not allowed, and whether there were any.
pub fn without_foreign_links(text: &str, allowed: &[String]) -> (String, bool) {
    let mut stripped = text.to_owned();
    let mut any = false;
    for link in claims::links(text) {
        if claims::host(link).is_some_and(|host| !is_allowed(&host, allowed)) {
            stripped = stripped.replace(link, "[link removed]");
            any = true;
        }
    }
    (stripped, any)
}

fn check_sentence(sentence: &str, texts: &Texts, records: &Records, written: &[&str]) -> Vec<Finding> {
    let mut folded = format!(" {} ", lexicon::fold(sentence));
    if folded.trim().is_empty() {
        return Vec::new();
    }
    // What the business says in these very words, its agent may say.
    if written.iter().any(|text| format!(" {} ", lexicon::fold(text)).contains(&folded)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for claims in texts.claims() {
        for phrase in &claims.available {
            let phrase = format!(" {phrase} ");
            if folded.contains(&phrase) {
                if !records.searched {
                    found.push(Finding::Available);
                }
                // "Fully booked" must not be read as "booked" below.
                folded = folded.replace(&phrase, " ");
            }
        }
    }
    let says = |list: &[String]| list.iter().any(|phrase| folded.contains(&format!(" {phrase} ")));
    for claims in texts.claims() {
        if says(&claims.undone) || (says(&claims.done) && !speaks_of_a_booking(sentence, texts, records)) {
            found.push(Finding::Done);
        }
        if says(&claims.promises) {
            found.push(Finding::Promise);
        }
        if says(&claims.advice) {
            found.push(Finding::Advice);
        }
        if says(&claims.human) {
            found.push(Finding::Human);
        }
    }
    let is_dose =
        |word: &str| word.strip_suffix("mg").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    if folded.split(' ').any(is_dose) {
        found.push(Finding::Advice);
    }
    found
}

/// Whether the sentence names an appointment the customer has: its time and its day, and nothing that differs.
fn speaks_of_a_booking(sentence: &str, texts: &Texts, records: &Records) -> bool {
    let clocks = claims::clocks(sentence, texts);
    let days = claims::days(sentence, texts);
    let weekdays = claims::weekdays(sentence, texts);
    let of = |at: &DateTime| {
        clocks.iter().all(|clock| clock.is_at(*at))
            && days.iter().all(|day| day.is(at.date()))
            && weekdays.iter().all(|day| *day == weekday(at.date()))
    };
    let names_both = !clocks.is_empty() && (!days.is_empty() || !weekdays.is_empty());
    names_both && records.bookings.iter().any(of)
}

/// 0 for Monday.
fn weekday(date: Date) -> usize {
    usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())
}

fn is_allowed(host: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|one| {
        let one = one.trim().to_lowercase();
        !one.is_empty() && (host == one || host.strip_suffix(&one).is_some_and(|sub| sub.ends_with('.')))
    })
}

/// With or without a country code.
fn same_phone(a: &str, b: &str) -> bool {
    a.ends_with(b) || b.ends_with(a)
}

fn quotes_policy(text: &str) -> bool {
    let said = lexicon::fold(text);
    prompt::POLICY.lines().map(lexicon::fold).any(|line| {
        let mut windows = line.split(' ').collect::<Vec<_>>();
        windows.truncate(12);
        let begin = windows.join(" ");
        begin.len() >= QUOTE && said.contains(&begin)
    })
}

#[cfg(test)]
mod tests;
