use conversation::domain::{Asked, Change, Language, Owner};

use crate::calendar::{FakeCalendar, local};
use crate::fixture::{Desk, is_silent, now, proposed, says, text};
use crate::model::Step;

#[tokio::test]
async fn the_menu_is_a_complete_product() {
    let mut desk = Desk::without_model().at_first_contact();
    let draft = desk.after("hello").await;
    says(
        &draft,
        &[
            "virtual assistant of Harbour Dental",
            "Hello Maria!",
            "1. Book an appointment",
            "3. Talk to a person",
        ],
    );
    assert!(!text(&draft).contains("just write"), "there is nobody to read free text");
    let draft = desk.after("1").await;
    says(&draft, &["1. Check-up", "2. Cleaning"]);
    assert!(!text(&draft).contains("virtual assistant"), "said once");
    let draft = desk.after("check-up").await;
    says(&draft, &["Check-up: which day?", "1. Wed 4 March", "6. Wed 11 March", "0 for later days"]);
    let later = desk.after("0").await;
    says(&later, &["1. Thu 12 March"]);
    let draft = desk.after("2").await;
    says(&draft, &["1. Fri 13 March 09:00 with Ana", "4. Fri 13 March 15:30 with Ana"]);
    let draft = desk.after("the first").await;
    let Change::Book { visit, .. } = proposed(&draft) else { panic!() };
    assert_eq!(visit.starts_at, local("2026-03-13T09:00"));
    says(&draft, &["Check-up with Ana", "Friday 13 March 2026 at 09:00"]);
    assert!(desk.after("yes").await.effect.is_some());
}

#[tokio::test]
async fn one_service_is_not_asked_for() {
    let mut desk = Desk::build(FakeCalendar::new(now()).only_check_ups(), None);
    desk.after("menu").await;
    says(&desk.after("1").await, &["Check-up: which day?"]);
}

#[tokio::test]
async fn my_appointments_lead_on() {
    let mut desk = Desk::without_model().booked("2026-03-05T10:00");
    desk.after("menu").await;
    says(&desk.after("2").await, &["Thursday 5 March 2026 at 10:00", "1. Move it"]);
    says(&desk.after("1").await, &["which day?"]);

    let mut desk = Desk::without_model();
    desk.after("menu").await;
    says(&desk.after("2").await, &["no appointments", "1. Book"]);
    assert_eq!(desk.after("3").await.owner.unwrap().to, Owner::WaitingHuman);
}

#[tokio::test]
async fn ok_to_a_list_or_to_no_slot_has_no_effect_and_shows_what_there_is() {
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.after("no").await;
    for ok in ["ok", "yes", "👍"] {
        let draft = desk.hears(&[ok]).await;
        assert!(draft.effect.is_none() && draft.proposal.is_none());
        says(&draft, &["one of these numbers", "1. Thu 5 March 09:00"]);
    }
    let more = desk.after("no").await;
    assert!(matches!(more.asked, Some(Asked::Slots { .. })));
    assert!(!text(&more).contains("Thu 5 March 09:00"), "other times: {}", text(&more));
}

#[tokio::test]
async fn a_picked_time_that_is_gone_is_said_to_be_gone() {
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.after("no").await;
    desk.calendar.take("2026-03-05T09:00");
    let draft = desk.hears(&["1"]).await;
    says(&draft, &["no longer free", "nothing was booked", "1. Thu 5 March 10:00"]);
    assert!(draft.proposal.is_none());
}

#[tokio::test]
async fn an_offer_that_is_too_old_is_looked_up_again() {
    let mut desk = Desk::without_model().proposed("2026-03-05T10:00");
    desk.after("no").await;
    desk.calendar.expire_offers();
    let draft = desk.hears(&["1"]).await;
    assert!(
        matches!(proposed(&draft), Change::Book { visit, .. } if visit.starts_at == local("2026-03-05T09:00"))
    );
}

#[tokio::test]
async fn numbers_off_the_list_are_words() {
    let mut desk = Desk::with_model([Step::Say("Do you mean ten o'clock in the morning?".into())])
        .proposed("2026-03-05T10:00");
    desk.after("no").await;
    assert_eq!(desk.hears(&["10"]).await.rule, "model_words");
    assert_eq!(desk.model.left(), 0);
}

#[tokio::test]
async fn nothing_free_is_said() {
    let mut desk = Desk::without_model();
    desk.calendar.fill_everything();
    desk.after("menu").await;
    desk.after("1").await;
    says(&desk.after("1").await, &["no free time for Check-up"]);
}

#[tokio::test]
async fn pleasantries_need_no_answer_but_answers_do() {
    for text in ["thanks", "ok", "👍", "❤️", "Obrigada!", "bye"] {
        is_silent(&Desk::with_model([]).hears(&[text]).await, "pleasantry");
    }
    // "Ok" to a question of the model's is an answer.
    let mut desk = Desk::with_model([Step::Say("Which service would you like?".into())]);
    desk.said(conversation::domain::Author::Assistant, "Shall I look for Tuesday?");
    assert_eq!(desk.hears(&["ok"]).await.rule, "model_words");
    // The very first word deserves one.
    assert_eq!(Desk::without_model().at_first_contact().hears(&["ok"]).await.rule, "greeting");
}

#[tokio::test]
async fn languages_follow_the_customer_and_stay() {
    let mut desk = Desk::without_model().at_first_contact();
    desk.snapshot.conversation.language = None;
    desk.snapshot.tenant.language = Language::Pt;
    let draft = desk.after("Hola, quisiera una cita para el jueves").await;
    assert_eq!(draft.language, Some(Language::Es));
    says(&draft, &["1. Reservar una cita"]);
    // A bare "ok" or a word of another language does not switch.
    let draft = desk.after("menu").await;
    assert_eq!(draft.language, None);
    says(&draft, &["Reservar"]);
    says(&desk.after("1").await, &["¿Qué servicio desea?"]);
    let draft =
        Desk::without_model().in_language(Language::Es).proposed("2026-03-05T10:00").hears(&["yes"]).await;
    says(&draft, &["Reservada: Check-up con Ana, jueves 5 de marzo de 2026 a las 10:00"]);
    let draft =
        Desk::without_model().in_language(Language::Pt).proposed("2026-03-05T10:00").hears(&["sim"]).await;
    says(&draft, &["Marcado: Check-up com Ana, quinta-feira, 5 de março de 2026, às 10:00"]);
}

#[tokio::test]
async fn asked_whether_it_is_a_robot_it_says_yes() {
    for text in ["are you a robot?", "¿eres un robot?", "você é um robô?"] {
        let draft = Desk::with_model([]).hears(&[text]).await;
        assert_eq!(draft.rule, "robot", "{text}");
    }
    says(&Desk::without_model().hears(&["are you a robot?"]).await, &["Yes", "a program", "PERSON"]);
}

#[tokio::test]
async fn free_words_without_a_model_get_the_menu_or_the_open_question() {
    says(&Desk::without_model().hears(&["write me a poem"]).await, &["1. Book an appointment"]);
    let draft = Desk::without_model().proposed("2026-03-05T10:00").hears(&["can my dog come too?"]).await;
    says(&draft, &["YES or NO"]);
    assert!(draft.proposal.is_none());
}
