use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lexicon::Certainty;
use tokio::time::Instant;

use super::flows::menu;
use super::ports::{Calendar, CalendarError, SlotQuery};
use super::reading::Reading;
use super::{Ports, taps};
use crate::domain::{
    Booking, Draft, Fallback, Flag, Language, Route, Say, SayClass, Service, Slot, Snapshot, Stats, Visit,
};
use crate::texts::{LONGEST, Message, SlotLine, VisitLine};

/// A confirmation matters until the appointment, but not for longer than this.
const CONFIRMATION_EXPIRES: Duration = Duration::from_secs(24 * 3600);

/// What the answer to one snapshot is made with.
#[derive(Debug, Clone)]
pub(super) struct Turn<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) ports: &'a Ports,
    pub(super) reading: Reading,
    pub(super) route: Route,
    pub(super) language: Language,
    pub(super) deadline: Instant,
}

impl<'a> Turn<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        ports: &'a Ports,
        reading: Reading,
        route: Route,
        deadline: Instant,
    ) -> Self {
        let language = language(snapshot, &reading.text);
        Self { snapshot, ports, reading, route, language, deadline }
    }

    /// An answer that says and changes nothing yet.
    pub(super) fn draft(&self, rule: &'static str) -> Draft {
        Draft {
            route: self.route.clone(),
            rule,
            says: Vec::new(),
            proposal: None,
            effect: None,
            asked: None,
            owner: None,
            language: (self.snapshot.conversation.language != Some(self.language)).then_some(self.language),
            stats: Stats::default(),
        }
    }

    /// An answer that leaves everything as it is.
    pub(super) fn silence(&self, rule: &'static str) -> Draft {
        Draft { asked: self.snapshot.conversation.last_asked.clone(), language: None, ..self.draft(rule) }
    }

    /// An answer in these paragraphs.
    pub(super) fn reply(&self, rule: &'static str, messages: &[Message]) -> Draft {
        let mut draft = self.draft(rule);
        draft.says.push(self.say(self.words(messages), SayClass::Reply));
        draft
    }

    /// Paragraphs as one text.
    pub(super) fn words(&self, messages: &[Message]) -> String {
        self.ports.texts.join(self.language, &self.snapshot.tenant, messages)
    }

    pub(super) fn say(&self, text: String, class: SayClass) -> Say {
        let not_after = after(self.snapshot.now, self.ports.rules.reply_expires);
        Say { text, class, not_after, taps: None, fallback: None }
    }

    /// What was committed. Of use until the appointment begins; `part` is the template that says the same.
    pub(super) fn confirm(&self, part: &'static str, message: Message, visit: &Visit) -> Say {
        let day = after(self.snapshot.now, CONFIRMATION_EXPIRES);
        let soonest = after(self.snapshot.now, self.ports.rules.reply_expires);
        Say {
            text: self.words(&[message]),
            class: SayClass::Confirmation,
            not_after: day.min(visit.starts_at).max(soonest),
            taps: None,
            fallback: Some(self.fallback(part, visit)),
        }
    }

    fn fallback(&self, part: &'static str, visit: &Visit) -> Fallback {
        let business = &self.snapshot.tenant.name;
        let customer = self.snapshot.conversation.customer_name.as_deref();
        let name = customer.and_then(menu::first_name).unwrap_or_else(|| business.clone());
        let line = self.visit(visit);
        Fallback {
            part,
            language: self.language.tag(),
            variables: BTreeMap::from([
                ("customerName", name),
                ("businessName", business.clone()),
                ("serviceName", line.service),
                ("barberName", line.staff),
                ("formattedDateTime", line.when_long),
            ]),
        }
    }

    pub(super) fn visit(&self, visit: &Visit) -> VisitLine {
        self.ports.texts.visit(self.language, &self.snapshot.tenant, visit)
    }

    pub(super) fn visits(&self, bookings: &[Booking]) -> Vec<VisitLine> {
        bookings.iter().map(|booking| self.visit(&booking.visit)).collect()
    }

    pub(super) fn slots(&self, slots: &[Slot]) -> Vec<SlotLine> {
        slots.iter().map(|slot| self.ports.texts.slot(self.language, &self.snapshot.tenant, slot)).collect()
    }

    /// Whether the customer may also write in free words.
    pub(super) fn has_ai(&self) -> bool {
        self.snapshot.agent.model.is_some() && self.ports.models.any_admits(self.ports.clock.now())
    }

    pub(super) fn menu(&self) -> Message {
        Message::Menu { ai: self.has_ai() }
    }

    pub(super) fn calendar(&self) -> &dyn Calendar {
        self.ports.calendar.as_ref()
    }

    pub(super) async fn services(&self) -> Result<Vec<Service>, CalendarError> {
        self.in_time(self.calendar().services(self.snapshot.tenant.id)).await
    }

    pub(super) async fn bookings(&self) -> Result<Vec<Booking>, CalendarError> {
        self.in_time(self.calendar().bookings(self.snapshot.tenant.id, self.snapshot.conversation.contact_id))
            .await
    }

    pub(super) async fn find_slots(&self, query: SlotQuery) -> Result<Vec<Slot>, CalendarError> {
        self.in_time(self.calendar().find_slots(query)).await
    }

    /// The book is asked within the turn's time, never beyond it.
    pub(super) async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, CalendarError>>,
    ) -> Result<T, CalendarError> {
        tokio::time::timeout_at(self.deadline, call).await.unwrap_or(Err(CalendarError::Unavailable))
    }

    /// Lets go of what the open proposal holds, as far as that is possible. A hold that stays ends by itself.
    pub(super) async fn release_hold(&self) {
        if let Some(hold) =
            self.snapshot.open_proposal.as_ref().and_then(|proposal| proposal.change.hold_id())
        {
            let _ = self.in_time(self.calendar().release(self.snapshot.tenant.id, hold)).await;
        }
    }

    /// What goes before every answer: at first contact that a machine answers, and a warning about card numbers.
    pub(super) fn finish(&self, mut draft: Draft) -> Draft {
        let fixed = matches!(draft.route, Route::RedFlag { .. } | Route::OptOut);
        let mut before = Vec::new();
        if self.snapshot.conversation.first_contact && !fixed && !draft.says.is_empty() {
            before.push(Message::Disclosure {});
        }
        if self.reading.card_number {
            draft.stats.flags.push(Flag::CardNumber);
            if !fixed && self.may_speak() {
                before.push(Message::CardNumber {});
            }
        }
        if !before.is_empty() {
            self.put_before(&mut draft, &before);
        }
        for say in &mut draft.says {
            shorten(&mut say.text);
        }
        // The last text is the question.
        if let (Some(say), Some(asked)) = (draft.says.last_mut(), &draft.asked) {
            say.taps = taps::of(self, asked);
        }
        draft
    }

    /// In front of the first text, or as a text of its own where both together would be too long.
    fn put_before(&self, draft: &mut Draft, messages: &[Message]) {
        let lead = self.words(messages);
        match draft.says.first_mut() {
            Some(first) if lead.chars().count() + first.text.chars().count() + 2 <= LONGEST => {
                first.text = format!("{lead}\n\n{}", first.text)
            }
            _ => draft.says.insert(0, self.say(lead, SayClass::Reply)),
        }
    }

    fn may_speak(&self) -> bool {
        !matches!(self.route, Route::Silent { .. } | Route::TakenOver | Route::Late)
    }
}

/// The language to answer in: what the conversation is held in, unless this is surely another one.
fn language(snapshot: &Snapshot, text: &str) -> Language {
    let guess = lexicon::language(text)
        .and_then(|guess| Language::of(guess.language).map(|language| (language, guess.certainty)));
    match (snapshot.conversation.language, guess) {
        (Some(_), Some((language, Certainty::Sure))) | (None, Some((language, _))) => language,
        (Some(language), _) => language,
        (None, None) => snapshot.tenant.language,
    }
}

pub(super) fn after(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

/// The last resort: lists and templates are shorter by far, so that nothing is ever cut but a model's own words.
fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
    }
}
