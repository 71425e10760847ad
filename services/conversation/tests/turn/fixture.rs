use std::sync::Arc;
use std::time::Duration;

use clock::ManualClock;
use conversation::domain::{
    AgentVersion, Asked, Author, Change, Conversation, Draft, HistoryLine, Item, ItemKind, Language, Owner,
    Proposal, ProposalChange, ProposalState, Route, Snapshot, TenantProfile,
};
use conversation::model::Model;
use conversation::texts::Texts;
use conversation::turn::ports::{Endpoints, Retries, Rules};
use conversation::turn::{self, Ports};
use ids::{ChannelId, ContactId, ConversationId, HoldId, ItemId, ProposalId};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use uuid::Uuid;

use crate::calendar::{FakeCalendar, local, tenant, zone};
use crate::model::{ScriptedModel, Step};

/// One conversation with one business: Wednesday 4 March 2026, 8:00 in Lisbon.
pub struct Desk {
    pub snapshot: Snapshot,
    pub calendar: Arc<FakeCalendar>,
    pub model: Arc<ScriptedModel>,
    pub ports: Ports,
    pub patience: Duration,
}

pub fn now() -> Timestamp {
    local("2026-03-04T08:00")
}

impl Desk {
    /// Menus only.
    pub fn without_model() -> Self {
        Self::build(FakeCalendar::new(now()), None)
    }

    pub fn with_model(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::build(FakeCalendar::new(now()), Some(ScriptedModel::new(steps)))
    }

    pub fn build(calendar: FakeCalendar, model: Option<ScriptedModel>) -> Self {
        let calendar = Arc::new(calendar);
        let has_model = model.is_some();
        let model = Arc::new(model.unwrap_or_default());
        let models: Vec<Arc<dyn Model>> = if has_model { vec![model.clone()] } else { Vec::new() };
        let rules = Rules {
            retries: Retries {
                first: Duration::from_millis(1),
                longest: Duration::from_millis(2),
                ..Retries::default()
            },
            ..Rules::default()
        };
        let ports = Ports {
            calendar: calendar.clone(),
            models: Arc::new(Endpoints::new(models)),
            texts: Arc::new(Texts::load().unwrap()),
            clock: ManualClock::at(now()).shared(),
            rules,
        };
        let agent = AgentVersion::new(
            Uuid::nil(),
            "We are at the harbour.".into(),
            has_model.then(|| "some-model".into()),
        );
        Self { snapshot: snapshot(agent), calendar, model, ports, patience: Duration::from_secs(25) }
    }

    /// The customer has a check-up at that local time.
    pub fn booked(self, at: &str) -> Self {
        self.calendar.add_booking(at);
        self
    }

    /// A new check-up was put to the customer, and it was the last thing asked.
    pub fn proposed(mut self, at: &str) -> Self {
        let change = Change::Book { visit: self.calendar.check_up(at), hold_id: HoldId::generate() };
        self.open(change, now() + SignedDuration::from_mins(5));
        self
    }

    /// The cancellation of the customer's first appointment was put to them.
    pub fn cancel_proposed(mut self) -> Self {
        let booking = self.calendar.bookings_now().remove(0);
        self.open(Change::Cancel { booking }, now() + SignedDuration::from_mins(5));
        self
    }

    pub fn move_proposed(mut self, at: &str) -> Self {
        let booking = self.calendar.bookings_now().remove(0);
        let change = Change::Move { booking, visit: self.calendar.check_up(at), hold_id: HoldId::generate() };
        self.open(change, now() + SignedDuration::from_mins(5));
        self
    }

    fn open(&mut self, change: Change, expires_at: Timestamp) {
        let id = ProposalId::generate();
        let shown_text = "Shall I? YES or NO".to_owned();
        self.snapshot.open_proposal =
            Some(Proposal { id, change, shown_text, state: ProposalState::Open, expires_at });
        self.snapshot.conversation.last_asked = Some(Asked::Proposal { id });
        self.said(Author::Assistant, "Shall I? Please reply YES or NO.");
    }

    pub fn expired(mut self) -> Self {
        if let Some(proposal) = &mut self.snapshot.open_proposal {
            proposal.expires_at = now() - SignedDuration::from_hours(3);
        }
        self
    }

    pub fn said(&mut self, author: Author, text: &str) {
        let at = now() - SignedDuration::from_mins(1);
        self.snapshot.conversation.first_contact = false;
        self.snapshot.last_said = Some(HistoryLine { author, text: text.into(), at });
    }

    pub fn reminded(mut self) -> Self {
        self.said(Author::Reminder, "Reminder. Reply CANCEL to cancel.");
        self
    }

    pub fn owned_by(mut self, owner: Owner) -> Self {
        self.snapshot.conversation.owner = owner;
        self
    }

    pub fn at_first_contact(mut self) -> Self {
        self.snapshot.conversation.first_contact = true;
        self.snapshot.last_said = None;
        self
    }

    pub fn in_language(mut self, language: Language) -> Self {
        self.snapshot.conversation.language = Some(language);
        self
    }

    /// What the customer writes now, one message each.
    pub async fn hears(&mut self, texts: &[&str]) -> Draft {
        self.snapshot.items =
            texts.iter().enumerate().map(|(at, text)| item(at, ItemKind::Text, Some(text))).collect();
        self.answer().await
    }

    pub async fn gets(&mut self, items: Vec<Item>) -> Draft {
        self.snapshot.items = items;
        self.answer().await
    }

    pub async fn answer(&self) -> Draft {
        let draft = turn::answer(&self.snapshot, &self.ports, Instant::now() + self.patience).await;
        check(&draft, &self.snapshot);
        draft
    }

    /// The conversation as it stands once the draft is committed; an effect is taken to be done.
    pub fn commit(&mut self, draft: &Draft) {
        match &draft.proposal {
            Some(ProposalChange::Open(proposal)) => self.snapshot.open_proposal = Some(*proposal.clone()),
            Some(_) => self.snapshot.open_proposal = None,
            None => {}
        }
        self.snapshot.conversation.last_asked = draft.asked.clone();
        if let Some(change) = &draft.owner {
            self.snapshot.conversation.owner = change.to;
        }
        if let Some(language) = draft.language {
            self.snapshot.conversation.language = Some(language);
        }
        for item in &self.snapshot.items {
            let text = item.text.clone().unwrap_or_default();
            self.snapshot.history.push(HistoryLine { author: Author::Customer, text, at: item.received_at });
        }
        for say in &draft.says {
            let line =
                HistoryLine { author: Author::Assistant, text: say.text.clone(), at: self.snapshot.now };
            self.snapshot.history.push(line.clone());
            self.snapshot.last_said = Some(line);
            self.snapshot.conversation.first_contact = false;
        }
    }

    /// Hears, and commits what comes of it.
    pub async fn after(&mut self, text: &str) -> Draft {
        let draft = self.hears(&[text]).await;
        self.commit(&draft);
        draft
    }
}

/// What holds for every draft, whatever the case.
pub fn check(draft: &Draft, snapshot: &Snapshot) {
    for say in &draft.says {
        assert!(say.text.chars().count() <= 1000, "too long: {}", say.text.len());
        assert!(!say.text.trim().is_empty(), "an empty text");
        assert!(say.not_after > snapshot.now);
        for sign in ["**", "##", "```", "{{", "{%", "]("] {
            assert!(!say.text.contains(sign), "{sign} in {:?}", say.text);
        }
    }
    if let Some(effect) = &draft.effect {
        let open = snapshot.open_proposal.as_ref().unwrap();
        assert_eq!(effect.proposal_id, open.id);
        assert_eq!(draft.proposal, Some(ProposalChange::Confirmed));
        assert_eq!(draft.route, Route::Accept);
        assert!(open.is_fresh(snapshot.now));
    }
    if let Some(Asked::Proposal { id }) = &draft.asked {
        let opened = matches!(&draft.proposal, Some(ProposalChange::Open(proposal)) if proposal.id == *id);
        let kept =
            draft.proposal.is_none() && snapshot.open_proposal.as_ref().is_some_and(|open| open.id == *id);
        assert!(opened || kept, "asked about a proposal that is not open");
    }
}

pub fn item(at: usize, kind: ItemKind, text: Option<&str>) -> Item {
    let mark = text.filter(|_| kind != ItemKind::Echo).and_then(lexicon::mark);
    let received_at = now() - SignedDuration::from_secs(2);
    Item {
        id: ItemId::generate(),
        seq: i64::try_from(at).unwrap() + 1,
        kind,
        text: text.map(str::to_owned),
        sent_at: Some(received_at),
        received_at,
        mark,
        late: false,
    }
}

fn snapshot(agent: AgentVersion) -> Snapshot {
    let mut snapshot = Snapshot {
        now: now(),
        correlation_id: Uuid::nil(),
        tenant: TenantProfile {
            id: tenant(),
            name: "Harbour Dental".into(),
            time_zone: zone(),
            language: Language::En,
            phone: Some("+351 210 000 000".into()),
            emergency_number: "112".into(),
            cancel_word: "CANCEL".into(),
            show_service_name: true,
            opening_hours: None,
            links: vec!["harbour.example".into()],
            media_to_staff: false,
        },
        knowledge: Vec::new(),
        agent,
        conversation: Conversation {
            id: ConversationId::generate(),
            tenant_id: tenant(),
            channel_id: ChannelId::named(Uuid::nil(), "main"),
            contact_id: ContactId::generate(),
            to: "351910000001".into(),
            customer_name: Some("Maria Silva".into()),
            language: Some(Language::En),
            owner: Owner::Bot,
            first_contact: false,
            has_signs: true,
            last_asked: None,
        },
        items: Vec::new(),
        open_proposal: None,
        last_said: None,
        history: Vec::new(),
    };
    snapshot.last_said = Some(HistoryLine {
        author: Author::Assistant,
        text: "Hello.".into(),
        at: now() - SignedDuration::from_hours(1),
    });
    snapshot
}

/// All texts of a draft.
pub fn text(draft: &Draft) -> String {
    draft.says.iter().map(|say| say.text.as_str()).collect::<Vec<_>>().join("\n---\n")
}

#[track_caller]
pub fn says(draft: &Draft, parts: &[&str]) {
    let text = text(draft);
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in {text:?} ({})", draft.rule);
    }
}

#[track_caller]
pub fn is_silent(draft: &Draft, rule: &str) {
    assert_eq!((text(draft).as_str(), draft.rule), ("", rule));
    assert!(draft.effect.is_none() && draft.proposal.is_none());
}

/// The change a draft puts to the customer.
#[track_caller]
pub fn proposed(draft: &Draft) -> &Change {
    match &draft.proposal {
        Some(ProposalChange::Open(proposal)) => {
            assert!(text(draft).contains("YES or NO"), "no question in {:?}", text(draft));
            assert!(draft.effect.is_none());
            &proposal.change
        }
        other => panic!("no proposal but {other:?}; {} says {:?}", draft.rule, text(draft)),
    }
}
