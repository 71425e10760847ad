//! What can be tapped, and what a tap means.

use conversation::domain::{Asked, Change, ChangeKind, ItemKind, Route, Say, Tap, Taps};

use crate::fixture::{Desk, item, proposed, says};

fn taps(say: &Say) -> Vec<Tap> {
    match say.taps.clone() {
        Some(Taps::Buttons(taps) | Taps::List { rows: taps, .. }) => taps,
        None => Vec::new(),
    }
}

/// The customer taps something.
async fn tapped(desk: &mut Desk, id: &str, title: &str) -> conversation::domain::Draft {
    let kind = ItemKind::ListReply { payload: Some(id.to_owned()) };
    desk.gets(vec![item(0, kind, Some(title))]).await
}

#[tokio::test]
async fn a_proposal_has_two_buttons_that_name_it() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00");
    let draft = desk.after("cancel").await;
    let Some(Asked::Proposal { id }) = draft.asked else { panic!("{draft:?}") };
    let shown: Vec<_> = taps(&draft.says[0]).into_iter().map(|tap| (tap.title, tap.id)).collect();
    assert_eq!(shown, [("Yes".to_owned(), format!("yes:{id}")), ("No".to_owned(), format!("no:{id}"))]);
    let done = tapped(&mut desk, &format!("yes:{id}"), "Yes").await;
    assert!(done.effect.is_some(), "{}", done.rule);
    let fallback = done.says[0].fallback.clone().unwrap();
    assert_eq!((fallback.part, fallback.language), ("cancelled", "en"));
    assert_eq!(fallback.variables["formattedDateTime"], "Thursday 5 March 2026 at 10:00");
    assert_eq!(fallback.variables["customerName"], "Maria");
}

#[tokio::test]
async fn a_line_that_is_tapped_is_the_line_whatever_stands_on_it() {
    let mut desk = Desk::without_model();
    desk.after("menu").await;
    desk.after("1").await;
    let days = desk.after("check-up").await;
    let rows = taps(&days.says[0]);
    assert_eq!((rows.len(), rows[1].title.as_str()), (6, "Thu 5 March"));
    let times = tapped(&mut desk, &rows[1].id, "Thu 5 March").await;
    assert_eq!(times.route, Route::Pick { number: 2 });
    desk.commit(&times);
    let slots = taps(&times.says[0]);
    assert!(slots[0].title.starts_with("Thu 5 March ") && slots[0].description.as_deref() == Some("Ana"));
    // A tap on the list before is from another question.
    let old = tapped(&mut desk, &rows[0].id, "Wed 4 March").await;
    assert_eq!(old.route, Route::Outdated);
    let chosen = tapped(&mut desk, &slots[1].id, "anything").await;
    assert!(matches!(proposed(&chosen), Change::Book { .. }), "{}", chosen.rule);
    // Typed numbers mean the same.
    let typed = desk.hears(&["2"]).await;
    assert_eq!(proposed(&typed).visit().starts_at, proposed(&chosen).visit().starts_at);
}

#[tokio::test]
async fn a_reminder_s_buttons_name_the_appointment() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00").booked("2026-03-09T10:00");
    let which = desk.after("cancel").await;
    let Some(Asked::Bookings { bookings, .. }) = which.asked else { panic!("{}", which.rule) };
    let later = &bookings[1];
    let asked = tapped(&mut desk, &format!("cancel:{}", later.id), "Cancel").await;
    let Change::Cancel { booking } = proposed(&asked) else { panic!("{}", asked.rule) };
    assert_eq!(booking.id, later.id, "this one, though there are two");
    assert_eq!(proposed(&asked).kind(), ChangeKind::Cancel);
    let expected = tapped(&mut desk, &format!("confirm:{}", later.id), "Confirm").await;
    says(&expected, &["We expect you", "Monday 9 March 2026 at 10:00"]);
    let gone = tapped(&mut desk, &format!("cancel:{}", ids::BookingId::generate()), "Cancel").await;
    assert!(gone.effect.is_none() && gone.proposal.is_none(), "{}", gone.rule);
}
