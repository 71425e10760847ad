use ids::{ServiceId, StaffId, TenantId};
use jiff::civil::date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::*;
use crate::domain::ChangeKind;
use crate::texts::LONGEST;

fn tenant(bare: bool) -> TenantProfile {
    TenantProfile {
        id: TenantId::generate(),
        name: "Harbour {{ Dental }}".into(),
        time_zone: TimeZone::get("Europe/Lisbon").unwrap(),
        language: Language::En,
        phone: (!bare).then(|| "+351 210 000 000".into()),
        emergency_number: "112".into(),
        cancel_word: "CANCEL".into(),
        show_service_name: true,
        opening_hours: (!bare).then(|| "Mon-Fri 9-18".into()),
        links: Vec::new(),
        media_to_staff: false,
    }
}

fn visit() -> Visit {
    let starts_at = date(2026, 3, 5).at(10, 0, 0, 0).in_tz("Europe/Lisbon").unwrap().timestamp();
    Visit {
        service_id: ServiceId::named(Uuid::nil(), "check-up"),
        service: "Check-up".into(),
        staff_id: StaffId::named(Uuid::nil(), "ana"),
        staff: "Ana".into(),
        starts_at,
        ends_at: starts_at,
    }
}

/// Every text there is, with the shortest and the longest values it may get.
fn every_message(texts: &Texts, language: Language, tenant: &TenantProfile) -> Vec<Message> {
    let line = || texts.visit(language, tenant, &visit());
    let slot = || SlotLine { when: line().when, staff: "Ana".into() };
    let service = || "Check-up".to_owned();
    vec![
        Message::Disclosure {},
        Message::Greeting { name: None },
        Message::Greeting { name: Some("Maria".into()) },
        Message::Menu { ai: true },
        Message::Menu { ai: false },
        Message::Robot {},
        Message::Quit {},
        Message::ModelFailed {},
        Message::NotSure {},
        Message::Refused {},
        Message::CalendarDown {},
        Message::Services { services: vec!["A".into()], more: false },
        Message::Services { services: vec!["Root canal treatment with sedation".into(); 9], more: true },
        Message::NoServices {},
        Message::Days { service: service(), days: vec![texts.day(language, date(2026, 9, 30)); 6] },
        Message::Slots { service: service(), slots: vec![slot(); 6] },
        Message::NoSlots { service: service() },
        Message::NothingFree { service: service() },
        Message::ProposeBook { visit: line() },
        Message::ProposeMove { from: line(), to: line() },
        Message::ProposeCancel { visit: line() },
        Message::Renewed {},
        Message::Unclear {},
        Message::PickNumber {},
        Message::Booked { visit: line() },
        Message::Moved { visit: line() },
        Message::Cancelled { visit: line() },
        Message::AlreadyBooked {},
        Message::AlreadyMoved {},
        Message::AlreadyCancelled {},
        Message::NothingBooked {},
        Message::NothingMoved { visit: line() },
        Message::Dropped {},
        Message::Kept { visit: line() },
        Message::OlderStays { bookings: vec![line()] },
        Message::OlderStays { bookings: vec![line(); 3] },
        Message::NothingToCancel {},
        Message::NothingToMove {},
        Message::NothingToConfirm {},
        Message::NothingToKeep {},
        Message::NoBookings {},
        Message::WhichBooking { bookings: vec![line(); 9], then: Some(ChangeKind::Cancel) },
        Message::WhichBooking { bookings: vec![line(); 2], then: Some(ChangeKind::Move) },
        Message::WhichBooking { bookings: vec![line(); 2], then: None },
        Message::BookingActions { visit: line() },
        Message::Expected { visit: line(), service: true },
        Message::Expected { visit: line(), service: false },
        Message::OptedOut {},
        Message::Emergency {},
        Message::SelfHarm {},
        Message::Handoff {},
        Message::HandoffAgain {},
        Message::Stuck {},
        Message::Sound {},
        Message::Media {},
        Message::MediaPassedOn {},
        Message::Edited {},
        Message::Other {},
        Message::CardNumber {},
        Message::Taken { moving: true },
        Message::Taken { moving: false },
        Message::Gone {},
        Message::Stale {},
        Message::Outdated {},
        Message::Moment {},
    ]
}

#[test]
fn every_text_can_be_filled_in_and_shown_in_every_language() {
    let texts = Texts::load().unwrap();
    for language in Language::ALL {
        let mut used = std::collections::BTreeSet::new();
        for tenant in [tenant(false), tenant(true)] {
            for message in every_message(&texts, language, &tenant) {
                used.insert(message.name());
                let text = texts.say(language, &tenant, &message);
                let name = format!("{}/{}", language.tag(), message.name());
                assert_ne!(text, apology(language), "{name} cannot be filled in");
                assert!(
                    !text.is_empty() && text.chars().count() <= LONGEST,
                    "{name}: {} characters",
                    text.chars().count()
                );
                for sign in ["**", "##", "`", "{%", "](", "none", "undefined", "\n\n\n", " \n", "  "] {
                    assert!(!text.contains(sign), "{name} shows {sign:?}: {text:?}");
                }
            }
        }
        let written: File = toml::from_str(source(language)).unwrap();
        let written: std::collections::BTreeSet<_> = written.texts.keys().map(String::as_str).collect();
        assert_eq!(used, written, "texts of {language:?} that are never said, or never written");
    }
}

#[test]
fn what_texts_ask_for_is_understood() {
    let texts = Texts::load().unwrap();
    for (language, yes, no, person) in [
        (Language::En, "YES", "NO", "PERSON"),
        (Language::Es, "SÍ", "NO", "PERSONA"),
        (Language::Pt, "SIM", "NÃO", "PESSOA"),
    ] {
        let question = texts.say(
            language,
            &tenant(false),
            &Message::ProposeBook { visit: texts.visit(language, &tenant(false), &visit()) },
        );
        assert!(question.contains(yes) && question.contains(no), "{question}");
        assert_eq!(
            (lexicon::word(yes), lexicon::word(no), lexicon::word(person)),
            (Some(lexicon::Word::Yes), Some(lexicon::Word::No), Some(lexicon::Word::Person))
        );
        assert!(texts.say(language, &tenant(false), &Message::Disclosure {}).contains(person));
    }
    assert_eq!(lexicon::word("MENÚ"), Some(lexicon::Word::Menu));
}

#[test]
fn times_are_said_as_each_language_says_them() {
    let texts = Texts::load().unwrap();
    let say = |language| {
        let line = texts.visit(language, &tenant(false), &visit());
        (line.when, line.when_long)
    };
    assert_eq!(say(Language::En), ("Thu 5 March 10:00".into(), "Thursday 5 March 2026 at 10:00".into()));
    assert_eq!(
        say(Language::Es),
        ("jue 5 de marzo 10:00".into(), "jueves 5 de marzo de 2026 a las 10:00".into())
    );
    assert_eq!(
        say(Language::Pt),
        ("qui 5 de março 10:00".into(), "quinta-feira, 5 de março de 2026, às 10:00".into())
    );
    assert_eq!(texts.day(Language::En, date(2026, 3, 5)), "Thu 5 March");
}

#[test]
fn names_with_braces_are_only_names() {
    let texts = Texts::load().unwrap();
    let text = texts.say(Language::En, &tenant(false), &Message::Robot {});
    assert!(text.contains("Harbour {{ Dental }}"), "{text}");
}
