use conversation::domain::{Author, HandoffReason, ItemKind, Owner, Route, Silence};
use conversation::turn;
use jiff::SignedDuration;

use crate::fixture::{Desk, is_silent, item, now, says, text};
use crate::model::Step;

#[tokio::test]
async fn a_person_is_fetched_at_the_first_word_and_nobody_is_said_to_be_there() {
    for word in ["person", "I want to talk to someone", "hablar con una persona", "atendente", "agent please"]
    {
        let draft = Desk::with_model([]).hears(&[word]).await;
        let change = draft.owner.as_ref().unwrap();
        assert_eq!((change.to, change.reason), (Owner::WaitingHuman, HandoffReason::Requested), "{word}");
        assert_eq!(change.evidence.items.len(), 1);
    }
    let mut desk = Desk::without_model();
    desk.snapshot.tenant.opening_hours = Some("Mon-Fri 9-18".into());
    let draft = desk.hears(&["person"]).await;
    says(&draft, &["cannot say when", "Mon-Fri 9-18", "+351 210 000 000", "write MENU"]);
}

#[tokio::test]
async fn who_waits_is_left_in_peace_but_commands_work_and_menu_comes_back() {
    let waiting = |text: &'static str| async move {
        let mut desk = Desk::with_model([]).booked("2026-03-05T10:00").owned_by(Owner::WaitingHuman);
        desk.hears(&[text]).await
    };
    for words in ["hello?", "are you there", "I would rather come at five", "yes"] {
        is_silent(&waiting(words).await, "human_owned");
    }
    assert_eq!(waiting("person").await.rule, "person_again");
    assert_eq!(waiting("cancel").await.rule, "cancel");
    let back = waiting("menu").await;
    assert_eq!(back.owner.unwrap().to, Owner::Bot);
    assert_eq!(back.rule, "menu");
}

#[tokio::test]
async fn what_staff_types_on_the_phone_takes_the_conversation_over() {
    let mut desk = Desk::with_model([]).proposed("2026-03-05T10:00");
    let echo = item(1, ItemKind::Echo, Some("Hi Maria, this is Ana. If it is an emergency, call me."));
    let draft = desk.gets(vec![item(0, ItemKind::Text, Some("yes")), echo]).await;
    assert_eq!(draft.route, Route::TakenOver);
    assert!(draft.says.is_empty() && draft.effect.is_none());
    assert_eq!(draft.owner.unwrap().to, Owner::Human);
}

#[tokio::test]
async fn what_was_fetched_after_something_else_was_said_goes_to_staff_without_a_word() {
    let mut desk = Desk::with_model([]).proposed("2026-03-05T10:00");
    let said = |minutes: i64| conversation::domain::HistoryLine {
        author: Author::Assistant,
        text: "See you tomorrow.".into(),
        at: now() - SignedDuration::from_mins(minutes),
    };
    let fetched = |late: bool| {
        let mut item = item(0, ItemKind::Text, Some("yes"));
        item.sent_at = Some(now() - SignedDuration::from_mins(30));
        item.late = late;
        item
    };
    desk.snapshot.last_said = Some(said(10));
    let draft = desk.gets(vec![fetched(true)]).await;
    assert_eq!((text(&draft).as_str(), draft.rule), ("", "late"));
    assert!(draft.effect.is_none(), "a yes of before is no yes to what was said since");
    assert_ne!(desk.gets(vec![fetched(false)]).await.rule, "late", "what came by webhook is in order");
    desk.snapshot.last_said = Some(said(40));
    assert_ne!(desk.gets(vec![fetched(true)]).await.rule, "late", "nothing was said since");
}

#[tokio::test]
async fn what_is_older_than_twelve_hours_goes_to_staff_without_a_word() {
    let old = |hours: i64| {
        let mut item = item(0, ItemKind::Text, Some("yes"));
        item.sent_at = Some(now() - SignedDuration::from_hours(hours));
        item
    };
    let mut desk = Desk::with_model([]).proposed("2026-03-05T10:00");
    let draft = desk.gets(vec![old(13)]).await;
    assert_eq!((text(&draft).as_str(), draft.rule), ("", "late"));
    assert_eq!(draft.owner.unwrap().reason, HandoffReason::Late);
    assert!(draft.effect.is_none());
    // The newest message decides.
    assert_ne!(desk.gets(vec![old(13), item(1, ItemKind::Text, Some("yes"))]).await.rule, "late");
    assert_ne!(desk.gets(vec![old(11)]).await.rule, "late");
}

#[tokio::test]
async fn two_machines_do_not_talk_for_ever() {
    let mut desk = Desk::without_model();
    let auto_reply = "Thank you for your message. We will be back on Monday.";
    for round in 0..4 {
        desk.snapshot.now = now() + SignedDuration::from_secs(round * 3);
        let mut item = item(0, ItemKind::Text, Some(auto_reply));
        item.received_at = desk.snapshot.now;
        item.sent_at = Some(desk.snapshot.now);
        let draft = desk.gets(vec![item]).await;
        let silent = draft.route == Route::Silent { why: Silence::TwoBots };
        assert_eq!(silent, round == 3, "round {round}: {}", draft.rule);
        for line in desk.snapshot.history.iter_mut().filter(|line| line.author == Author::Assistant) {
            line.at = line.at.min(desk.snapshot.now);
        }
        desk.commit(&draft);
        if let Some(line) = desk.snapshot.history.last_mut() {
            line.at = desk.snapshot.now + SignedDuration::from_secs(2);
        }
    }
}

/// How many of twenty messages in other words each, so many seconds apart, are answered.
async fn answered(every: i64) -> usize {
    let mut answered = 0;
    let mut desk = Desk::without_model();
    for round in 0..20 {
        let words = format!("And here is thought number {round} of the assistant of another house.");
        let mut item = item(0, ItemKind::Text, Some(&words));
        item.received_at = now() + SignedDuration::from_secs(round * every);
        item.sent_at = Some(item.received_at);
        desk.snapshot.now = item.received_at;
        let draft = desk.gets(vec![item]).await;
        answered += usize::from(draft.route != Route::Silent { why: Silence::TwoBots });
        let said = desk.snapshot.history.len();
        desk.commit(&draft);
        for line in desk.snapshot.history.iter_mut().skip(said) {
            line.at = desk.snapshot.now;
        }
    }
    answered
}

#[tokio::test]
async fn a_machine_that_always_finds_other_words_is_answered_ten_times_in_a_minute() {
    assert_eq!(answered(2).await, 10, "within forty seconds");
    assert_eq!(answered(15).await, 20, "a person who thinks between the messages is always answered");
}

#[tokio::test]
async fn an_apology_fetches_a_person_and_is_silent_where_one_is() {
    let mut desk = Desk::with_model([]);
    desk.snapshot.items = vec![item(0, ItemKind::Text, Some("hello there, I need you"))];
    let draft = turn::apologise(&desk.snapshot, &desk.ports);
    says(&draft, &["Sorry", "passed this on"]);
    assert_eq!(draft.owner.unwrap().to, Owner::WaitingHuman);
    desk.snapshot.conversation.owner = Owner::Human;
    assert!(turn::apologise(&desk.snapshot, &desk.ports).says.is_empty());
}

#[tokio::test]
async fn a_model_can_fetch_a_person_and_says_why() {
    let call = Step::Call(
        "ask_handoff",
        serde_json::json!({ "reason": "complaint", "summary": "unhappy with the bill" }),
    );
    let draft = Desk::with_model([call]).hears(&["your bill is wrong and I am angry"]).await;
    let change = draft.owner.as_ref().unwrap();
    assert_eq!((change.to, change.reason), (Owner::WaitingHuman, HandoffReason::Complaint));
    assert_eq!(change.evidence.summary.as_deref(), Some("unhappy with the bill"));
    says(&draft, &["passed this on"]);
}

#[test]
fn bursts_are_waited_for_but_not_behind_a_command() {
    let mut desk = Desk::without_model();
    let mut patient = |texts: &[&str]| {
        desk.snapshot.items =
            texts.iter().enumerate().map(|(at, text)| item(at, ItemKind::Text, Some(text))).collect();
        turn::is_patient(&desk.snapshot)
    };
    assert!(
        patient(&["hi"])
            && patient(&["I need an appointment"])
            && patient(&["hi", "I need"])
            && patient(&["yes", "but later"])
    );
    for at_once in ["yes", "cancel", "2", "STOP", "my chest hurts", "person"] {
        assert!(!patient(&[at_once]), "{at_once}");
    }
}
