use conversation::domain::{Asked, Change, ChangeKind, ProposalChange};

use crate::calendar::FakeCalendar;
use crate::fixture::{Desk, now, proposed, says, text};

#[tokio::test]
async fn with_one_appointment_it_is_put_to_the_customer() {
    for word in ["CANCEL", "cancel", "Cancelar", "please cancel my appointment", "absagen"] {
        let draft = Desk::without_model().booked("2026-03-05T10:00").reminded().hears(&[word]).await;
        assert!(matches!(proposed(&draft), Change::Cancel { .. }), "{word}");
        says(&draft, &["Check-up with Ana", "Thursday 5 March 2026 at 10:00", "STOP"]);
    }
}

#[tokio::test]
async fn with_several_they_choose() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00").booked("2026-03-09T11:00");
    let draft = desk.after("cancel").await;
    says(
        &draft,
        &["Which appointment", "1. Thu 5 March 10:00, Check-up with Ana", "2. Mon 9 March 11:00", "STOP"],
    );
    assert!(draft.proposal.is_none());
    let draft = desk.hears(&["the second"]).await;
    assert!(
        matches!(proposed(&draft), Change::Cancel { booking } if booking.id == desk.calendar.bookings_now()[1].id)
    );
}

#[tokio::test]
async fn beside_an_open_proposal_it_rejects_that_and_older_appointments_stay() {
    let mut desk = Desk::without_model().booked("2026-03-09T11:00").proposed("2026-03-05T10:00");
    let draft = desk.after("cancel").await;
    assert_eq!(draft.proposal, Some(ProposalChange::Rejected));
    assert!(draft.effect.is_none());
    says(
        &draft,
        &["nothing was booked", "Mon 9 March 11:00", "stays as it is", "To cancel that one, reply CANCEL"],
    );
    let draft = desk.hears(&["cancel"]).await;
    assert!(matches!(proposed(&draft), Change::Cancel { .. }));
}

#[tokio::test]
async fn beside_a_cancellation_that_waits_for_a_yes_it_is_asked_again() {
    let draft = Desk::without_model().booked("2026-03-05T10:00").cancel_proposed().hears(&["CANCEL"]).await;
    assert!(draft.effect.is_none() && draft.proposal.is_none());
    says(&draft, &["Shall I cancel this appointment?"]);
}

#[tokio::test]
async fn with_nothing_to_cancel_it_asks_about_messages() {
    let draft = Desk::without_model().hears(&["cancel"]).await;
    says(&draft, &["no appointment to cancel", "reply STOP"]);
    assert!(draft.proposal.is_none() && draft.effect.is_none());
}

#[tokio::test]
async fn while_choosing_a_time_it_ends_the_choosing() {
    let mut desk = Desk::without_model().booked("2026-03-09T11:00");
    desk.after("menu").await;
    desk.after("1").await;
    let draft = desk.hears(&["cancel"]).await;
    says(&draft, &["nothing was changed", "stays as it is"]);
    assert!(draft.proposal.is_none());
}

#[tokio::test]
async fn a_channel_may_have_another_word_for_it() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00");
    desk.snapshot.tenant.cancel_word = "NOVISIT".into();
    assert!(matches!(proposed(&desk.hears(&["NoVisit!"]).await), Change::Cancel { .. }));
}

#[tokio::test]
async fn dont_cancel_cancels_nothing_and_says_so() {
    let draft = Desk::without_model().booked("2026-03-05T10:00").hears(&["don't cancel!"]).await;
    says(&draft, &["stays as it is", "Thursday 5 March 2026 at 10:00"]);
    assert!(draft.proposal.is_none() && draft.effect.is_none());
}

#[tokio::test]
async fn the_yes_cancels_and_the_slot_is_named() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00");
    desk.after("CANCEL").await;
    let draft = desk.after("yes").await;
    assert_eq!(draft.effect.as_ref().unwrap().booking_id, Some(desk.calendar.bookings_now()[0].id));
    says(&draft, &["Cancelled: Check-up with Ana, Thursday 5 March 2026 at 10:00"]);
    assert!(matches!(draft.asked, Some(Asked::Done { kind: ChangeKind::Cancel, .. })));
    // A no right after it: it is done, and a new time is offered.
    let draft = desk.hears(&["no wait"]).await;
    says(&draft, &["has been cancelled already", "which day?"]);
}

#[tokio::test]
async fn reschedule_offers_days_and_moves_only_after_a_yes() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00");
    let draft = desk.after("RESCHEDULE").await;
    says(&draft, &["which day?", "1. Wed 4 March", "2. Thu 5 March"]);
    let draft = desk.after("3").await;
    says(&draft, &["Fri 6 March 09:00 with Ana"]);
    let draft = desk.after("2").await;
    let Change::Move { booking, visit, .. } = proposed(&draft) else { panic!("{draft:?}") };
    assert_eq!(
        (booking.visit.starts_at, visit.starts_at),
        (crate::calendar::local("2026-03-05T10:00"), crate::calendar::local("2026-03-06T10:00"))
    );
    says(&draft, &["would move to"]);
    let draft = desk.hears(&["yes"]).await;
    assert_eq!(draft.effect.as_ref().unwrap().kind, ChangeKind::Move);
    says(&draft, &["is now on Friday 6 March 2026 at 10:00"]);
}

#[tokio::test]
async fn confirm_states_the_next_appointment() {
    for word in ["CONFIRM", "yes", "1", "👍"] {
        let draft = Desk::without_model().booked("2026-03-05T10:00").reminded().hears(&[word]).await;
        says(&draft, &["We expect you for Check-up on Thursday 5 March 2026 at 10:00"]);
        assert!(draft.effect.is_none());
    }
    let mut desk = Desk::without_model().booked("2026-03-05T10:00").reminded();
    desk.snapshot.tenant.show_service_name = false;
    assert!(!text(&desk.hears(&["yes"]).await).contains("Check-up"));
    let draft = Desk::build(FakeCalendar::new(now()), None).hears(&["confirm"]).await;
    says(&draft, &["no appointment of yours to confirm"]);
}

#[tokio::test]
async fn a_no_to_a_reminder_asks_what_to_do() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00").reminded();
    let draft = desk.after("no").await;
    says(&draft, &["1. Move it", "2. Cancel it", "3. Leave it"]);
    assert!(matches!(proposed(&desk.hears(&["2"]).await), Change::Cancel { .. }));
    says(&desk.hears(&["3"]).await, &["stays as it is"]);
}
