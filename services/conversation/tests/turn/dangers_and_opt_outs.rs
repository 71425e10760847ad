use conversation::domain::{HandoffReason, Owner, Route, SayClass};

use crate::fixture::{Desk, is_silent, says, text};

#[tokio::test]
async fn an_emergency_gets_the_fixed_text_and_a_person_in_every_state() {
    for owner in [Owner::Bot, Owner::WaitingHuman, Owner::Human] {
        let mut desk = Desk::with_model([]).proposed("2026-03-05T10:00").owned_by(owner);
        let draft = desk.hears(&["my chest hurts and my arm is numb, can I come at 4?"]).await;
        says(&draft, &["call 112 now"]);
        assert!(text(&draft).starts_with("If this is an emergency, call 112"), "the number comes first");
        assert!(!text(&draft).contains("16:00"), "no times are looked for");
        assert_eq!(draft.says[0].class, SayClass::Notice);
        assert!(draft.effect.is_none() && draft.proposal.is_none() && draft.asked.is_none());
        let change = draft.owner.as_ref().map(|change| (change.to, change.reason));
        let expected = (owner == Owner::Bot).then_some((Owner::WaitingHuman, HandoffReason::RedFlag));
        assert_eq!(change, expected, "{owner:?}");
    }
}

#[tokio::test]
async fn thoughts_of_suicide_get_their_own_text_also_at_first_contact() {
    let mut desk = Desk::without_model().at_first_contact();
    let draft = desk.hears(&["hi", "I want to die"]).await;
    says(&draft, &["very sorry", "112"]);
    assert!(!text(&draft).contains("virtual assistant of"), "nothing stands before it");
    assert_eq!(draft.rule, "self_harm");
    assert!(draft.owner.unwrap().reason.is_urgent());
}

#[tokio::test]
async fn the_text_is_in_the_language_of_the_message() {
    let mut desk = Desk::without_model();
    desk.snapshot.conversation.language = None;
    says(&desk.hears(&["tengo dolor en el pecho y no puedo respirar"]).await, &["llame ahora al 112"]);
}

#[tokio::test]
async fn stop_is_confirmed_once_and_appointments_stay() {
    for owner in [Owner::Bot, Owner::Human] {
        let mut desk = Desk::without_model().booked("2026-03-05T10:00").owned_by(owner);
        let draft = desk.hears(&["STOP"]).await;
        assert_eq!(draft.route, Route::OptOut);
        says(&draft, &["no more reminders", "stays booked"]);
        assert!(draft.effect.is_none() && draft.proposal.is_none() && draft.owner.is_none());
    }
    // With a proposal open, nothing is booked by it.
    let draft = Desk::without_model().proposed("2026-03-05T10:00").hears(&["yes", "stop"]).await;
    assert_eq!((draft.route, draft.effect), (Route::OptOut, None));
}

#[tokio::test]
async fn stop_asking_me_is_no_opt_out() {
    let draft = Desk::without_model().hears(&["stop asking me, just book Tuesday 10"]).await;
    assert_eq!(draft.rule, "menu_mode");
}

#[tokio::test]
async fn end_and_quit_ask_instead_of_acting() {
    for word in ["end", "quit", "salir"] {
        let draft = Desk::without_model().hears(&[word]).await;
        says(&draft, &["STOP"]);
        assert_eq!(draft.rule, "quit");
    }
}

#[tokio::test]
async fn a_person_owns_the_conversation_and_the_machine_is_silent() {
    for text in ["yes", "hello", "cancel", "menu", "I need an appointment", "1"] {
        let mut desk = Desk::with_model([]).proposed("2026-03-05T10:00").owned_by(Owner::Human);
        is_silent(&desk.hears(&[text]).await, "human_owned");
    }
}
