use std::time::Duration;

use conversation::domain::{Asked, Author, ItemKind, MenuCause, Owner, Route};
use conversation::turn::{Ai, route};
use proptest::prelude::*;

use crate::fixture::{Desk, item};

const STALE: Duration = Duration::from_secs(12 * 3600);

fn kinds() -> impl Strategy<Value = ItemKind> {
    prop_oneof![
        8 => Just(ItemKind::Text),
        1 => Just(ItemKind::ButtonReply { payload: None }),
        1 => Just(ItemKind::Voice),
        1 => Just(ItemKind::Image),
        1 => Just(ItemKind::Reaction),
        1 => Just(ItemKind::Edit),
        1 => Just(ItemKind::Revoke),
        1 => Just(ItemKind::Echo),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        prop_oneof![
            Just("yes"),
            Just("no"),
            Just("ok"),
            Just("👍"),
            Just("cancel"),
            Just("1"),
            Just("2"),
            Just("0"),
            Just("stop"),
            Just("hi"),
            Just("thanks"),
            Just("menu"),
            Just("person"),
            Just("reschedule"),
            Just("I want to die"),
            Just("no wait"),
            Just("yes, cancel it"),
            Just("don't cancel"),
        ]
        .prop_map(str::to_owned),
        "\\PC{0,60}",
    ]
}

fn desk(state: u8) -> Desk {
    let desk = Desk::without_model();
    match state {
        0 => desk,
        1 => desk.proposed("2026-03-05T10:00"),
        2 => desk.booked("2026-03-05T10:00").cancel_proposed(),
        3 => desk.booked("2026-03-09T10:00").move_proposed("2026-03-05T10:00"),
        4 => desk.proposed("2026-03-05T10:00").expired(),
        5 => desk.booked("2026-03-05T10:00").reminded(),
        6 => desk.at_first_contact(),
        _ => {
            let mut desk = desk;
            desk.snapshot.conversation.last_asked = Some(Asked::Menu { after_failure: false });
            desk
        }
    }
}

proptest! {
    /// The order of the rules: danger, opt-out, staff, human-owned, and only then anything a customer says.
    #[test]
    fn the_first_rules_win(batch in proptest::collection::vec((kinds(), texts()), 1..6), state in 0_u8..8, owner in 0_u8..3, ready: bool) {
        let mut desk = desk(state);
        desk.snapshot.conversation.owner = [Owner::Bot, Owner::WaitingHuman, Owner::Human][usize::from(owner)];
        desk.snapshot.items = batch.iter().enumerate().map(|(at, (kind, text))| item(at, kind.clone(), Some(text))).collect();
        let ai = if ready { Ai::Ready } else { Ai::Off(MenuCause::AiOff) };
        let routed = route(&desk.snapshot, STALE, ai);
        prop_assert_eq!(&routed, &route(&desk.snapshot, STALE, ai), "the same twice");

        let danger = batch.iter().any(|(kind, text)| !matches!(kind, ItemKind::Echo | ItemKind::Revoke | ItemKind::Reaction) && lexicon::danger(text).is_some());
        prop_assert_eq!(matches!(routed, Route::RedFlag { .. }), danger);
        if !danger && desk.snapshot.conversation.owner == Owner::Human {
            let quiet = matches!(routed, Route::Silent { .. } | Route::OptOut | Route::TakenOver);
            prop_assert!(quiet, "{:?}", routed);
        }
        if !ready {
            prop_assert_ne!(&routed, &Route::Ai);
        }
        if routed == Route::Accept {
            prop_assert!(desk.snapshot.open_proposal.as_ref().is_some_and(|open| open.is_fresh(desk.snapshot.now)));
            prop_assert_eq!(desk.snapshot.last_said.as_ref().map(|line| line.author), Some(Author::Assistant));
            let said: Vec<_> = batch.iter().filter(|(kind, _)| !matches!(kind, ItemKind::Revoke | ItemKind::Reaction)).collect();
            prop_assert!(said.iter().all(|(_, text)| !lexicon::words(text).contains(&lexicon::Word::No)), "{:?}", said);
            prop_assert!(said.iter().any(|(_, text)| lexicon::words(text).iter().any(|word| word.is_yes() || *word == lexicon::Word::Number(1))));
        }
    }

    /// Whatever arrives in whatever state: an answer, within its limits, and an effect only by the rule.
    #[test]
    fn every_batch_is_answered(batch in proptest::collection::vec((kinds(), texts()), 1..5), state in 0_u8..8) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut desk = desk(state);
        desk.snapshot.items = batch.iter().enumerate().map(|(at, (kind, text))| item(at, kind.clone(), Some(text))).collect();
        let draft = runtime.block_on(desk.answer());
        prop_assert_eq!(draft.effect.is_some(), draft.route == Route::Accept);
        prop_assert!(serde_json::to_value(&draft).is_ok());
        let asked: Option<Asked> = serde_json::from_value(serde_json::to_value(&draft.asked).unwrap()).unwrap();
        prop_assert_eq!(asked, draft.asked);
    }
}
