use conversation::domain::{HandoffReason, ItemKind};

use crate::fixture::{Desk, is_silent, item, says};

#[tokio::test]
async fn a_voice_note_gets_a_hint_and_the_question_stays() {
    let mut desk = Desk::with_model([]).proposed("2026-03-05T10:00");
    let draft = desk.gets(vec![item(0, ItemKind::Voice, None)]).await;
    says(&draft, &["cannot listen", "MENU", "PERSON", "Shall I book it?"]);
    assert_eq!(draft.asked, desk.snapshot.conversation.last_asked);
    // A text in the same breath is what is answered.
    let both = vec![item(0, ItemKind::Voice, None), item(1, ItemKind::Text, Some("yes"))];
    assert!(desk.gets(both).await.effect.is_some());
}

#[tokio::test]
async fn pictures_get_a_hint_or_go_to_staff() {
    let mut desk = Desk::with_model([]);
    says(&desk.gets(vec![item(0, ItemKind::Image, None)]).await, &["cannot look at pictures"]);
    desk.snapshot.tenant.media_to_staff = true;
    let draft = desk.gets(vec![item(0, ItemKind::Document, None)]).await;
    says(&draft, &["passed this on"]);
    assert_eq!(draft.owner.unwrap().reason, HandoffReason::Media);
}

#[tokio::test]
async fn other_kinds_get_a_hint() {
    for kind in [ItemKind::Sticker, ItemKind::Location, ItemKind::Contacts, ItemKind::Unsupported] {
        says(&Desk::without_model().gets(vec![item(0, kind, None)]).await, &["only read text"]);
    }
}

#[tokio::test]
async fn a_changed_message_is_never_a_yes() {
    let mut desk = Desk::with_model([]).proposed("2026-03-05T10:00");
    let draft = desk.gets(vec![item(0, ItemKind::Edit, Some("yes"))]).await;
    assert!(draft.effect.is_none());
    says(&draft, &["changed a message"]);
    let both = vec![item(0, ItemKind::Text, Some("yes")), item(1, ItemKind::Edit, Some("no"))];
    assert!(Desk::without_model().proposed("2026-03-05T10:00").gets(both).await.effect.is_none());
}

#[tokio::test]
async fn a_yes_that_may_have_been_withdrawn_is_none() {
    let items = vec![item(0, ItemKind::Text, Some("yes")), item(1, ItemKind::Revoke, None)];
    let draft = Desk::without_model().proposed("2026-03-05T10:00").gets(items).await;
    assert!(draft.effect.is_none());
    says(&draft, &["YES or NO"]);
}

#[tokio::test]
async fn reactions_withdrawals_and_channel_news_are_not_answered() {
    for kind in [ItemKind::Revoke, ItemKind::ChannelState] {
        is_silent(&Desk::with_model([]).gets(vec![item(0, kind, None)]).await, "nothing_to_answer");
    }
    let thumb = || vec![item(0, ItemKind::Reaction, Some("👍"))];
    is_silent(&Desk::with_model([]).gets(thumb()).await, "nothing_to_answer");
    // Beside a proposal it is not a yes either, but worth a question.
    let draft = Desk::with_model([]).proposed("2026-03-05T10:00").gets(thumb()).await;
    assert!(draft.effect.is_none());
    says(&draft, &["YES or NO"]);
}

#[tokio::test]
async fn a_card_number_is_answered_with_a_warning() {
    let draft = Desk::without_model().hears(&["my card is 4111 1111 1111 1111"]).await;
    says(&draft, &["do not send card numbers"]);
}
