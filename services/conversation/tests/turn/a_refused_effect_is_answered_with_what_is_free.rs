use std::time::Duration;

use conversation::domain::{Asked, Draft, ProposalChange, Refusal};
use conversation::turn;
use tokio::time::Instant;

use crate::fixture::{Desk, check, says, text};

async fn refused(desk: &mut Desk, refusal: Refusal) -> Draft {
    assert!(desk.hears(&["yes"]).await.effect.is_some());
    let draft =
        turn::after_refusal(&desk.snapshot, &desk.ports, refusal, Instant::now() + Duration::from_secs(5))
            .await;
    check(&draft, &desk.snapshot);
    assert!(draft.effect.is_none());
    assert_eq!(draft.proposal, Some(ProposalChange::Expired));
    assert!(
        !text(&draft).contains("Booked:")
            && !text(&draft).contains("Moved:")
            && !text(&draft).contains("Cancelled:")
    );
    draft
}

#[tokio::test]
async fn a_taken_time_is_not_said_to_be_booked_and_others_are_offered() {
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.calendar.take("2026-03-05T10:00");
    let draft = refused(&mut desk, Refusal::Taken).await;
    says(&draft, &["somebody else was quicker", "nothing was booked", "1. Thu 5 March 09:00"]);
    assert!(!text(&draft).contains("5 March 10:00"));
    assert!(matches!(draft.asked, Some(Asked::Slots { .. })));
    desk.commit(&draft);
    assert!(matches!(desk.hears(&["1"]).await.proposal, Some(ProposalChange::Open(_))));
}

#[tokio::test]
async fn a_move_that_was_refused_leaves_the_appointment_alone() {
    let mut desk = Desk::without_model().booked("2026-03-09T11:00").move_proposed("2026-03-05T10:00");
    let draft = refused(&mut desk, Refusal::Taken).await;
    says(&draft, &["nothing was moved", "Thu 5 March 09:00"]);
}

#[tokio::test]
async fn what_is_gone_or_stale_is_said_to_be_so() {
    let mut desk = Desk::without_model().booked("2026-03-09T11:00").cancel_proposed();
    says(&refused(&mut desk, Refusal::Gone).await, &["no longer there", "1. Book"]);
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    says(&refused(&mut desk, Refusal::Stale).await, &["nothing was done", "1. Thu 5 March"]);
}

#[tokio::test]
async fn without_the_calendar_the_truth_is_still_told() {
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    assert!(desk.hears(&["yes"]).await.effect.is_some());
    desk.calendar.go_down();
    let draft = turn::after_refusal(
        &desk.snapshot,
        &desk.ports,
        Refusal::Taken,
        Instant::now() + Duration::from_secs(5),
    )
    .await;
    says(&draft, &["nothing was booked", "1. Book"]);
}
