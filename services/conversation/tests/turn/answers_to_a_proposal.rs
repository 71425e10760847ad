use conversation::domain::{
    Asked, Author, Change, ChangeKind, ItemKind, Language, ProposalChange, Route, SayClass, Silence,
};
use serde_json::json;

use crate::fixture::{Desk, is_silent, item, proposed, says, text};
use crate::model::Step;

#[tokio::test]
async fn a_yes_makes_exactly_the_effect_that_was_shown() {
    for yes in [
        "yes",
        "YES!",
        "sí",
        "Sim, por favor",
        "ok",
        "👍",
        "confirm",
        "1",
        "yes please",
        "Yes, thanks",
        "sure",
    ] {
        let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
        let draft = desk.hears(&[yes]).await;
        let effect = draft.effect.as_ref().unwrap_or_else(|| panic!("{yes:?}: {draft:?}"));
        let open = desk.snapshot.open_proposal.as_ref().unwrap();
        let visit = open.change.visit();
        let expected = json!({
            "proposal_id": open.id, "kind": "book", "tenant_id": desk.snapshot.tenant.id,
            "channel_id": desk.snapshot.conversation.channel_id, "conversation_id": desk.snapshot.conversation.id,
            "contact_id": desk.snapshot.conversation.contact_id, "to": "351910000001", "customer_name": "Maria Silva",
            "language": draft.language.unwrap_or(Language::En), "service_id": visit.service_id, "staff_id": visit.staff_id,
            "starts_at": visit.starts_at, "hold_id": open.change.hold_id(), "correlation_id": desk.snapshot.correlation_id,
        });
        assert_eq!(json!(effect), expected, "{yes:?}");
        assert_eq!(draft.says[0].class, SayClass::Confirmation);
        assert!(matches!(draft.asked, Some(Asked::Done { kind: ChangeKind::Book, .. })));
    }
    let draft = Desk::without_model().proposed("2026-03-05T10:00").hears(&["yes"]).await;
    says(&draft, &["Booked: Check-up with Ana, Thursday 5 March 2026 at 10:00", "reply CANCEL"]);
}

#[tokio::test]
async fn a_yes_among_pleasantries_in_one_burst_is_one_yes() {
    for burst in [&["yes", "yes"][..], &["hi", "yes please"], &["ok", "thanks!"], &["yes", "👍", "😊"]] {
        let draft = Desk::without_model().proposed("2026-03-05T10:00").hears(burst).await;
        assert!(draft.effect.is_some(), "{burst:?}: {}", draft.rule);
        assert_eq!(draft.says.len(), 1, "{burst:?}");
    }
}

#[tokio::test]
async fn nothing_but_a_clear_yes_has_an_effect() {
    for other in [
        &["no"][..],
        &["yes", "no wait"],
        &["yes but at 11"],
        &["maybe"],
        &["yes", "what does it cost?"],
        &["thanks"],
        &["hello"],
        &["2"],
        &["cancel"],
        &["stop"],
        &["I said yes to my wife"],
        &["yes?", "or no"],
        &["don't"],
        &["reschedule"],
        &["person"],
        &["menu"],
    ] {
        let draft = Desk::without_model().proposed("2026-03-05T10:00").hears(other).await;
        assert!(draft.effect.is_none(), "{other:?}: {}", draft.rule);
    }
}

#[tokio::test]
async fn a_second_yes_is_not_answered() {
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.after("yes").await;
    for again in ["yes", "ok", "👍", "thanks", "1"] {
        let draft = desk.hears(&[again]).await;
        is_silent(&draft, "already_done");
        assert_eq!(draft.route, Route::Silent { why: Silence::AlreadyDone });
        assert_eq!(draft.asked, desk.snapshot.conversation.last_asked, "a no must still mean what was done");
    }
}

#[tokio::test]
async fn no_wait_after_the_commit_offers_to_cancel_and_undoes_nothing() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00");
    let visit = desk.calendar.bookings_now()[0].visit.clone();
    let asked = Asked::Done {
        proposal: ids::ProposalId::generate(),
        kind: ChangeKind::Book,
        visit,
        at: desk.snapshot.now,
    };
    desk.snapshot.conversation.last_asked = Some(asked);
    for no in ["no wait", "no", "cancel", "No, cancel it"] {
        let draft = desk.hears(&[no]).await;
        assert!(matches!(proposed(&draft), Change::Cancel { .. }), "{no}");
        says(&draft, &["booked already"]);
    }
}

#[tokio::test]
async fn a_late_yes_is_shown_again_and_books_nothing() {
    let draft = Desk::without_model().proposed("2026-03-05T10:00").expired().hears(&["yes"]).await;
    assert!(matches!(proposed(&draft), Change::Book { visit, .. } if visit.service == "Check-up"));
    says(&draft, &["had run out", "still free", "Thursday 5 March 2026 at 10:00"]);

    let mut desk = Desk::without_model().proposed("2026-03-05T10:00").expired();
    desk.calendar.fill("2026-03-05T10:00");
    let draft = desk.hears(&["yes"]).await;
    says(&draft, &["no longer free", "nothing was booked", "1. Thu 5 March 09:00 with Ana"]);
    assert!(!text(&draft).contains("5 March 10:00"));
    assert_eq!(draft.proposal, Some(ProposalChange::Expired));
    assert!(matches!(draft.asked, Some(Asked::Slots { .. })));
}

#[tokio::test]
async fn a_late_yes_to_a_cancellation_asks_again() {
    let draft =
        Desk::without_model().booked("2026-03-05T10:00").cancel_proposed().expired().hears(&["yes"]).await;
    assert!(matches!(proposed(&draft), Change::Cancel { .. }));
}

#[tokio::test]
async fn a_no_books_nothing_and_offers_other_times() {
    let draft = Desk::without_model().proposed("2026-03-05T10:00").hears(&["no thanks"]).await;
    says(&draft, &["nothing was booked", "1. Thu 5 March 09:00 with Ana", "2. Thu 5 March 11:00 with Ana"]);
    assert!(!text(&draft).contains("5 March 10:00"), "the rejected time is not offered again");
    assert_eq!(draft.proposal, Some(ProposalChange::Rejected));

    let draft = Desk::without_model().booked("2026-03-05T10:00").cancel_proposed().hears(&["no"]).await;
    says(&draft, &["stays as it is", "Thursday 5 March 2026 at 10:00"]);
    assert_eq!((draft.proposal, draft.effect), (Some(ProposalChange::Rejected), None));

    let draft = Desk::without_model()
        .booked("2026-03-05T10:00")
        .move_proposed("2026-03-06T11:00")
        .hears(&["no"])
        .await;
    says(&draft, &["nothing was moved", "Thursday 5 March 2026 at 10:00", "Fri 6 March"]);
}

#[tokio::test]
async fn yes_cancel_it_is_a_yes_to_cancelling_and_to_nothing_else() {
    let draft =
        Desk::without_model().booked("2026-03-05T10:00").cancel_proposed().hears(&["yes, cancel it"]).await;
    assert_eq!(draft.effect.unwrap().kind, ChangeKind::Cancel);
    let draft = Desk::without_model().proposed("2026-03-05T10:00").hears(&["yes, cancel it"]).await;
    assert!(draft.effect.is_none());
    says(&draft, &["not sure", "YES or NO"]);
}

#[tokio::test]
async fn an_unclear_answer_is_asked_again_and_the_proposal_stays() {
    for unclear in ["thanks", "2", "yes no", "hello"] {
        let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
        let draft = desk.hears(&[unclear]).await;
        says(&draft, &["Check-up with Ana", "YES or NO"]);
        assert_eq!(
            (&draft.proposal, &draft.asked),
            (&None, &desk.snapshot.conversation.last_asked),
            "{unclear}"
        );
    }
}

#[tokio::test]
async fn a_yes_counts_only_while_the_proposal_was_the_last_thing_asked() {
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.said(Author::Reminder, "Reminder: …");
    let draft = desk.hears(&["yes"]).await;
    assert!(draft.effect.is_none(), "{}", draft.rule);

    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.said(Author::Staff, "Hi, Ana here. Do you need parking?");
    assert!(desk.hears(&["yes"]).await.effect.is_none());

    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.snapshot.conversation.last_asked = Some(Asked::Menu { after_failure: false });
    assert!(desk.hears(&["yes"]).await.effect.is_none());
}

#[tokio::test]
async fn a_button_answers_its_own_proposal_only() {
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    let id = desk.snapshot.open_proposal.as_ref().unwrap().id;
    let press =
        |payload: String| vec![item(0, ItemKind::ButtonReply { payload: Some(payload) }, Some("Yes"))];
    assert!(desk.gets(press(format!("yes:{id}"))).await.effect.is_some());
    assert_eq!(desk.gets(press(format!("no:{id}"))).await.proposal, Some(ProposalChange::Rejected));
    let other = ids::ProposalId::generate();
    let draft = desk.gets(press(format!("yes:{other}"))).await;
    assert!(draft.effect.is_none());
    says(&draft, &["closed", "nothing was changed"]);
    // Tapped twice: the second tap finds it done.
    let done = desk.gets(press(format!("yes:{id}"))).await;
    desk.commit(&done);
    is_silent(&desk.gets(press(format!("yes:{id}"))).await, "already_done");
}

#[tokio::test]
async fn a_button_of_no_proposal_is_as_good_as_its_words() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00");
    let items = vec![item(0, ItemKind::ButtonReply { payload: Some("whatever".into()) }, Some("Cancel"))];
    assert!(matches!(proposed(&desk.gets(items).await), Change::Cancel { .. }));
}

#[tokio::test]
async fn a_question_beside_an_open_proposal_goes_to_the_model_and_the_proposal_is_asked_again() {
    let mut desk =
        Desk::with_model([Step::Say("We are at the harbour.".into())]).proposed("2026-03-05T10:00");
    let draft = desk.hears(&["where are you?"]).await;
    says(&draft, &["We are at the harbour.", "Thursday 5 March 2026 at 10:00", "YES or NO"]);
    assert_eq!(draft.asked, desk.snapshot.conversation.last_asked);
    desk.commit(&draft);
    assert!(desk.hears(&["yes"]).await.effect.is_some());
}
