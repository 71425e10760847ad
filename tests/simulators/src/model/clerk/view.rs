//! What the clerk makes of a request: who said what, what was looked up, what lies on the table.

use std::collections::HashMap;

use super::calendar::Calendar;
use super::intent::{self, Intent};
use super::language::Language;
use super::picks;
use super::results::{Outcome, Slot};
use super::services::Services;
use super::when::When;
use super::words::Words;
use crate::model::request::{ChatRequest, Role};

/// A request, understood.
pub(super) struct View<'a> {
    pub request: &'a ChatRequest,
    /// All that the system says: rules, facts, the card.
    pub prompt: String,
    pub calendar: Calendar,
    pub services: Services,
    /// The newest words, all messages since the desk spoke last.
    pub text: String,
    pub words: Words,
    /// What the customer said before, newest first.
    pub earlier: Vec<Words>,
    /// What was looked up before this turn, oldest first.
    pub past: Vec<Outcome>,
    /// What was looked up in this turn, oldest first.
    pub done: Vec<Outcome>,
    /// What the desk said last.
    pub last_reply: String,
    pub language: Language,
    /// The reply language in force, by the prompt or an earlier call.
    stated: Language,
}

/// What a customer's answer picks from what was offered.
#[derive(Debug, PartialEq)]
pub(super) enum Pick {
    /// This slot.
    Slot(String),
    /// One of a list in words whose slots are not at hand: look there.
    Look(When),
    /// More than one.
    Several,
    Nothing,
}

impl<'a> View<'a> {
    pub fn of(request: &'a ChatRequest) -> Self {
        let system = request.messages.iter().filter(|message| message.role == Role::System);
        let prompt = system.map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n");
        let turn = turn_begins(request);
        let said: Vec<&str> = spoken(request, Role::User, turn, usize::MAX).collect();
        let text = said.join("\n");
        let mut earlier: Vec<Words> = spoken(request, Role::User, 0, turn).map(Words::of).collect();
        earlier.reverse();
        let (past, done) = outcomes(request, turn);
        let words = Words::of(&text);
        let stated = past
            .iter()
            .rev()
            .find(|outcome| outcome.tool == "set_reply_language" && !outcome.failed())
            .and_then(|outcome| Language::stated(&format!("language: {}", outcome.arguments["language"])))
            .or_else(|| Language::stated(&prompt))
            .unwrap_or_default();
        let language = std::iter::once(&words).chain(&earlier).find_map(Language::of).unwrap_or(stated);
        Self {
            request,
            calendar: Calendar::read(&prompt),
            services: Services::read(request, &prompt),
            last_reply: spoken(request, Role::Assistant, 0, turn).last().unwrap_or_default().to_owned(),
            text,
            words,
            earlier,
            past,
            done,
            language,
            stated,
            prompt,
        }
    }

    /// The language to switch to, when the newest words are clearly in another one.
    pub fn new_language(&self) -> Option<Language> {
        let tried = self.done.iter().any(|outcome| outcome.tool == "set_reply_language");
        Language::of(&self.words).filter(|language| *language != self.stated && !tried)
    }

    pub fn wish(&self) -> When {
        When::read(&self.words, &self.calendar)
    }

    /// The service meant: named now, the only one, or named before.
    pub fn service(&self) -> Option<&str> {
        self.services
            .named(&self.words)
            .or_else(|| self.services.only())
            .or_else(|| self.earlier.iter().find_map(|words| self.services.named(words)))
    }

    /// What the conversation is about when the newest words do not say it: the last wish before them.
    pub fn goal(&self) -> Option<Intent> {
        let wishes = [Intent::Book, Intent::Move, Intent::Cancel];
        let goal = self.earlier.iter().map(intent::of).find(|intent| wishes.contains(intent));
        // A cancellation that is not being asked about any more is not what new details are about.
        let settled = !self.last_reply.contains('?')
            || self.last_proposal().is_some_and(|outcome| outcome.tool == "propose_cancel");
        goal.map(|goal| if goal == Intent::Cancel && settled { Intent::Book } else { goal })
    }

    /// The last result of this turn, the language aside.
    pub fn last_done(&self) -> Option<&Outcome> {
        self.done.iter().rfind(|outcome| outcome.tool != "set_reply_language")
    }

    /// How often a tool was called in this turn.
    pub fn times(&self, tool: &str) -> usize {
        self.done.iter().filter(|outcome| outcome.tool == tool).count()
    }

    /// The last result of a tool in the whole conversation.
    pub fn latest(&self, tool: &str) -> Option<&Outcome> {
        self.past.iter().chain(&self.done).rfind(|outcome| outcome.tool == tool && !outcome.failed())
    }

    /// The last proposal made before this turn, unless something was looked up or withdrawn after it.
    pub fn last_proposal(&self) -> Option<&Outcome> {
        let last = self.past.iter().rfind(|outcome| outcome.tool != "set_reply_language")?;
        (last.tool.starts_with("propose_") && !last.failed()).then_some(last)
    }

    /// True when the card says that a proposal waits for the customer's answer.
    pub fn proposal_is_open(&self) -> bool {
        self.prompt.lines().any(|line| {
            let words = Words::of(line);
            words.position("open proposal") == Some(0) && !["", "none"].contains(&words.get(2))
        })
    }

    /// The slots the customer was shown last: those in the card, or those found last before this turn.
    pub fn offered(&self) -> Vec<Slot> {
        let shown: Vec<Slot> =
            self.prompt.lines().filter_map(|line| Slot::in_line(line, &self.calendar)).collect();
        if !shown.is_empty() {
            return shown;
        }
        let found = self.past.iter().rfind(|outcome| outcome.tool == "find_slots" && !outcome.failed());
        found.map(|outcome| outcome.slots(&self.calendar)).unwrap_or_default()
    }

    /// True when a list of slots lies before the customer, and nothing newer.
    pub fn is_choosing(&self) -> bool {
        let last = self.past.iter().rfind(|outcome| outcome.tool != "set_reply_language");
        let searched_last = last.is_none_or(|outcome| outcome.tool == "find_slots");
        searched_last && !self.proposal_is_open() && !self.offered().is_empty()
    }

    /// The lines of the numbered list in the last reply that show a time.
    fn listed(&self) -> Vec<Words> {
        let lines = self.last_reply.lines().filter_map(|line| {
            let line = line.trim_start().trim_start_matches(['*', '-', ' ']);
            let number = line.find(|letter: char| !letter.is_ascii_digit()).filter(|digits| *digits > 0)?;
            let rest = line.get(number..)?.strip_prefix(['.', ')', ':'])?;
            Some(Words::of(rest))
        });
        lines.filter(|words| words.iter().any(|word| word.contains(':'))).collect()
    }

    /// What the newest words pick.
    pub fn pick(&self) -> Pick {
        let (offered, listed) = (self.offered(), self.listed());
        if let Some(place) = picks::place(&self.words) {
            let same = listed.is_empty() || listed.len() == offered.len();
            if let Some(slot) = picks::at(place, &offered).filter(|_| same) {
                return Pick::Slot(slot.handle.clone());
            }
            if let Some(line) = picks::at(place, &listed) {
                let line = When::read(line, &self.calendar);
                return match offered.iter().find(|slot| slot.fits(&line)) {
                    Some(slot) => Pick::Slot(slot.handle.clone()),
                    None => Pick::Look(line),
                };
            }
        }
        if let ([only], true, Intent::Yes) = (offered.as_slice(), self.is_choosing(), intent::of(&self.words))
        {
            return Pick::Slot(only.handle.clone());
        }
        let wish = self.wish();
        let fitting: Vec<&Slot> = offered.iter().filter(|slot| slot.fits(&wish)).collect();
        match fitting.as_slice() {
            [] => Pick::Nothing,
            [only] => Pick::Slot(only.handle.clone()),
            // The same time with several people: the one named, or the first.
            [first, ..] if wish.clock.is_some() && wish.day.is_some() => {
                let named = fitting.iter().find(|slot| self.names_somebody_in(&slot.label)).unwrap_or(first);
                Pick::Slot(named.handle.clone())
            }
            _ if wish.clock.is_some() => Pick::Several,
            _ => Pick::Nothing,
        }
    }

    /// True when the words name the person after the time in a label.
    fn names_somebody_in(&self, label: &str) -> bool {
        let words = Words::of(label);
        let time = words.iter().position(|word| word.contains(':')).unwrap_or(0);
        words.from(time + 1).iter().any(|word| word.len() > 2 && word != "with" && self.words.has(&[word]))
    }

    /// True when the words hold something to go on with: a service, a day, a time, a place in a list.
    pub fn has_details(&self) -> bool {
        !self.wish().is_open()
            || self.services.named(&self.words).is_some()
            || picks::place(&self.words).is_some()
    }
}

/// The first of the customer's newest messages.
fn turn_begins(request: &ChatRequest) -> usize {
    let spoke = |role| matches!(role, Role::Assistant | Role::Tool);
    let last = request.messages.iter().rposition(|message| message.role == Role::User).unwrap_or(0);
    let before = request.messages.get(..last).unwrap_or_default();
    before.iter().rposition(|message| spoke(message.role)).map_or(0, |at| at + 1)
}

fn spoken(request: &ChatRequest, role: Role, from: usize, to: usize) -> impl Iterator<Item = &str> {
    let within = request.messages.iter().enumerate().filter(move |(at, _)| (from..to).contains(at));
    within
        .filter(move |(_, message)| message.role == role && !message.content.trim().is_empty())
        .map(|(_, message)| message.content.as_str())
}

/// Every result with the call it answers: before the turn, and in it.
fn outcomes(request: &ChatRequest, turn: usize) -> (Vec<Outcome>, Vec<Outcome>) {
    let mut calls: HashMap<&str, (&str, &str)> = HashMap::new();
    let (mut past, mut done) = (Vec::new(), Vec::new());
    for (at, message) in request.messages.iter().enumerate() {
        for call in &message.tool_calls {
            calls.insert(&call.id, (&call.function.name, &call.function.arguments));
        }
        if message.role == Role::Tool {
            let id = message.tool_call_id.as_deref().unwrap_or_default();
            let (tool, arguments) = calls.get(id).copied().unwrap_or_default();
            let outcome = Outcome::new(tool, arguments, &message.content);
            if at < turn { past.push(outcome) } else { done.push(outcome) }
        }
    }
    (past, done)
}
