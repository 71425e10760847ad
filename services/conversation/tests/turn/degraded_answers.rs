use std::time::Duration;

use conversation::domain::{Degraded, HandoffReason, MenuCause, Owner, Route};
use conversation::model::{ModelError, Phase};
use serde_json::json;
use tokio::time::Instant;

use crate::calendar::FakeCalendar;
use crate::fixture::{Desk, now, says, text};
use crate::model::{ScriptedModel, Step, call};

fn server() -> Step {
    Step::Fail(ModelError::Server { status: 503, wait: None })
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_three_times() {
    let mut desk =
        Desk::with_model([server(), Step::Fail(ModelError::Connect), Step::Say("Which service?".into())]);
    let draft = desk.hears(&["I need an appointment"]).await;
    says(&draft, &["Which service?"]);
    assert_eq!((draft.stats.model_calls, draft.stats.model_retries), (1, 2));

    let mut desk = Desk::with_model([server(), server(), server()]);
    let draft = desk.hears(&["I need an appointment"]).await;
    says(&draft, &["cannot work out free text", "1. Book an appointment"]);
    assert_eq!(draft.stats.degraded, Some(Degraded::ModelUnavailable));
}

#[tokio::test]
async fn what_cannot_pass_is_tried_once() {
    for (error, why) in [
        (ModelError::Auth { status: 401 }, Degraded::Misconfigured),
        (ModelError::NoQuota, Degraded::Misconfigured),
        (ModelError::BadRequest { status: 400 }, Degraded::Misconfigured),
        (ModelError::Refused, Degraded::Refused),
        (ModelError::RateLimited { wait: Some(Duration::from_secs(60)) }, Degraded::ModelUnavailable),
    ] {
        let mut desk = Desk::with_model([Step::Fail(error.clone())]);
        let started = Instant::now();
        let draft = desk.hears(&["I need an appointment"]).await;
        assert_eq!((draft.stats.degraded, desk.model.requests().len()), (Some(why), 1), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "nobody waits for {error:?}");
    }
}

#[tokio::test]
async fn a_request_that_is_too_long_is_shortened_once() {
    let mut desk = Desk::with_model([Step::Fail(ModelError::TooLong), Step::Say("Which service?".into())]);
    says(&desk.hears(&["I need an appointment"]).await, &["Which service?"]);
    let mut desk = Desk::with_model([Step::Fail(ModelError::TooLong), Step::Fail(ModelError::TooLong)]);
    assert_eq!(desk.hears(&["I need one"]).await.stats.degraded, Some(Degraded::Misconfigured));
}

#[tokio::test]
async fn the_deadline_is_kept_and_said() {
    let mut desk = Desk::with_model([Step::Hang]);
    desk.patience = Duration::from_millis(1100);
    let started = Instant::now();
    let asked = tokio::time::timeout(Duration::from_secs(10), desk.hears(&["I need an appointment"]));
    let draft = asked.await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(draft.stats.degraded, Some(Degraded::Deadline));
    says(&draft, &["1. Book an appointment"]);
}

#[tokio::test]
async fn after_five_failures_the_model_is_left_alone() {
    let mut desk = Desk::with_model((0..6).map(|_| Step::Fail(ModelError::Timeout(Phase::Answer))));
    desk.hears(&["one please now"]).await;
    desk.hears(&["two please now"]).await;
    assert_eq!(desk.model.left(), 1, "five attempts");
    let draft = desk.hears(&["three please now"]).await;
    assert_eq!(desk.model.left(), 1, "and no more");
    assert_eq!(draft.route, Route::Menu { cause: MenuCause::BreakerOpen });
    says(&draft, &["cannot work out free text"]);
}

#[tokio::test]
async fn two_failed_turns_in_a_row_fetch_a_person() {
    let mut desk = Desk::with_model((0..6).map(|_| server()));
    desk.after("I need an appointment").await;
    let draft = desk.after("I really need one").await;
    let change = draft.owner.unwrap();
    assert_eq!((change.to, change.reason), (Owner::WaitingHuman, HandoffReason::Stuck));
}

#[tokio::test]
async fn a_model_that_never_ends_is_stopped_and_a_person_is_fetched() {
    let model = ScriptedModel::forever(|_| call("find_slots", &json!({ "service": "check-up" })));
    let mut desk = Desk::build(FakeCalendar::new(now()), Some(model));
    let draft = desk.hears(&["I need an appointment"]).await;
    assert_eq!((draft.stats.model_calls, draft.stats.degraded), (5, Some(Degraded::LoopLimit)));
    assert_eq!(draft.owner.unwrap().reason, HandoffReason::Stuck);
}

#[tokio::test]
async fn what_was_found_before_a_failure_is_offered() {
    let mut desk = Desk::with_model([
        Step::Call("find_slots", json!({ "service": "check-up" })),
        server(),
        server(),
        server(),
    ]);
    let draft = desk.hears(&["a check-up please, soon"]).await;
    says(&draft, &["1. Wed 4 March 09:00 with Ana"]);
    assert_eq!(draft.stats.degraded, Some(Degraded::ModelUnavailable));
}

#[tokio::test]
async fn an_open_proposal_survives_a_failing_model() {
    let mut desk = Desk::with_model([server(), server(), server()]).proposed("2026-03-05T10:00");
    let draft = desk.hears(&["is there parking near you?"]).await;
    says(&draft, &["cannot work out free text", "YES or NO"]);
    assert_eq!(draft.asked, desk.snapshot.conversation.last_asked);
}

#[tokio::test]
async fn without_the_calendar_nothing_is_claimed() {
    for words in ["cancel", "reschedule", "confirm", "I need an appointment"] {
        let mut desk = Desk::with_model([]);
        desk.calendar.go_down();
        let draft = desk.hears(&[words]).await;
        says(&draft, &["cannot look into the calendar", "+351 210 000 000"]);
        assert_eq!(draft.stats.degraded, Some(Degraded::CalendarDown), "{words}");
    }
    // A proposal stays the last thing asked.
    let mut desk = Desk::without_model().booked("2026-03-09T11:00").cancel_proposed();
    desk.calendar.go_down();
    let draft = desk.hears(&["reschedule"]).await;
    says(&draft, &["cannot look into the calendar", "Shall I cancel this appointment?"]);
    assert_eq!(draft.asked, desk.snapshot.conversation.last_asked);
    // What needs no calendar works all the same.
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.calendar.go_down();
    assert!(desk.hears(&["yes"]).await.effect.is_some());
    let draft = desk.hears(&["no"]).await;
    assert_eq!(text(&draft), "All right, nothing was booked.");
}
