//! Whole turns of the clerk, with the tools run.

use serde_json::json;

use crate::office::Office;

/// Words that would be a lie before the product has committed anything.
fn claims_nothing(words: &str) {
    let lower = words.to_lowercase();
    for claim in [
        "booked",
        "confirmed",
        "cancelled",
        "canceled",
        "moved",
        "reserved",
        "reservad",
        "cancelad",
        "confirmad",
    ] {
        assert!(!lower.contains(claim), "`{words}` claims `{claim}`");
    }
}

#[test]
fn an_appointment_is_found_picked_and_proposed() -> anyhow::Result<()> {
    let mut office = Office::one_service();
    let (calls, words) = office.turn("Hi, I need an appointment")?;
    assert_eq!(
        (calls, words.as_str()),
        (vec!["find_slots service=checkup".to_owned()], "Here is what I found.")
    );
    let (calls, words) = office.turn("Thursday 10 please")?;
    assert_eq!(
        (calls, words.as_str()),
        (vec!["propose_booking handle=slot_a".to_owned()], "Please check this.")
    );
    // A yes that the product did not take itself is put before the customer again.
    let (calls, _) = office.turn("yes that would be lovely")?;
    assert_eq!(calls, ["propose_booking handle=slot_a"]);
    let (calls, _) = office.turn("no, I changed my mind")?;
    assert_eq!(calls, ["withdraw_proposal"]);
    Ok(())
}

#[test]
fn day_and_time_together_are_proposed_in_one_turn() -> anyhow::Result<()> {
    let (calls, words) = Office::one_service().turn("Can I come on Thursday at 11:30?")?;
    assert_eq!(
        calls,
        ["find_slots from=2026-03-05 service=checkup to=2026-03-05", "propose_booking handle=slot_b"]
    );
    claims_nothing(&words);
    let (calls, words) = Office::one_service().turn("Can I come on Thursday at 17:00?")?;
    assert_eq!(calls.len(), 1);
    assert!(words.starts_with("That time is not free"), "{words}");
    let (calls, _) = Office::one_service().turn("book me the first available slot")?;
    assert_eq!(calls, ["find_slots service=checkup", "propose_booking handle=slot_a"]);
    Ok(())
}

#[test]
fn a_yes_takes_the_only_time_offered() -> anyhow::Result<()> {
    let mut office = Office::one_service();
    office.gone.extend(["slot_a"]);
    let (_, words) = office.turn("Do you have anything on Thursday?")?;
    assert_eq!(words, "Here is what I found.");
    let (calls, _) = office.turn("yes please")?;
    assert_eq!(calls, ["propose_booking handle=slot_b"]);
    Ok(())
}

#[test]
fn a_day_without_slots_widens_the_search() -> anyhow::Result<()> {
    let (calls, words) = Office::one_service().turn("an appointment tomorrow morning")?;
    assert_eq!(
        calls,
        [
            "find_slots from=2026-03-03 part_of_day=morning service=checkup to=2026-03-03",
            "find_slots service=checkup"
        ]
    );
    assert!(words.contains("Here is what I found"), "{words}");
    Ok(())
}

#[test]
fn the_day_said_before_the_service_is_kept() -> anyhow::Result<()> {
    let mut office = Office::three_services();
    let (calls, words) = office.turn("an appointment on Friday please")?;
    assert!(calls.is_empty() && words.ends_with('?'), "{words}");
    let (calls, _) = office.turn("a cleaning")?;
    assert_eq!(calls, ["find_slots from=2026-03-06 service=hygiene to=2026-03-06"]);
    Ok(())
}

#[test]
fn a_slot_that_has_gone_is_replaced_by_others() -> anyhow::Result<()> {
    let mut office = Office::after_offer();
    office.gone.insert("slot_a");
    let (calls, words) = office.turn("the first")?;
    assert_eq!(calls, ["propose_booking handle=slot_a", "find_slots service=checkup"]);
    assert!(words.contains("has just gone"), "{words}");
    Ok(())
}

#[test]
fn the_only_booking_is_proposed_for_cancelling() -> anyhow::Result<()> {
    let mut office = Office::one_service().with_bookings(&[("B1", "Check-up, Thu 5 March 10:00")]);
    let (calls, words) = office.turn("I need to cancel")?;
    assert_eq!(calls, ["list_my_bookings", "propose_cancel ref=B1"]);
    claims_nothing(&words);
    let (calls, _) = office.turn("I need an appointment")?;
    assert_eq!(calls, ["find_slots service=checkup"], "the cancellation is over");
    Ok(())
}

#[test]
fn among_several_bookings_the_named_one_is_meant() -> anyhow::Result<()> {
    let two = [("B1", "Check-up, Thu 5 March 10:00"), ("B2", "Check-up, Mon 9 March 15:00")];
    let office = Office::one_service().with_bookings(&two);
    let (calls, _) = office.clone().turn("cancel the Monday one")?;
    assert_eq!(calls, ["list_my_bookings", "propose_cancel ref=B2"]);
    let mut unclear = office.clone();
    let (calls, words) = unclear.turn("cancel my appointment")?;
    assert_eq!(calls, ["list_my_bookings"]);
    assert!(words.contains("Thu 5 March 10:00") && words.contains("Mon 9 March 15:00"), "{words}");
    let (calls, _) = unclear.turn("the second")?;
    assert_eq!(calls, ["list_my_bookings", "propose_cancel ref=B2"]);
    let (calls, words) = Office::one_service().turn("cancel my appointment")?;
    assert_eq!(calls, ["list_my_bookings"]);
    assert!(words.contains("no appointment for this number"), "{words}");
    Ok(())
}

#[test]
fn a_booking_is_moved_to_a_named_time_or_to_one_picked() -> anyhow::Result<()> {
    let office = Office::one_service().with_bookings(&[("B1", "Check-up, Thu 5 March 10:00")]);
    let (calls, words) = office.clone().turn("Can I move my appointment from Thursday to Friday at 10?")?;
    assert_eq!(
        calls,
        [
            "list_my_bookings",
            "find_slots from=2026-03-06 service=checkup to=2026-03-06",
            "propose_reschedule handle=slot_c ref=B1"
        ]
    );
    claims_nothing(&words);
    let mut office = office;
    let (calls, _) = office.turn("I have to reschedule my Thursday appointment")?;
    assert_eq!(calls, ["list_my_bookings", "find_slots service=checkup"]);
    let (calls, _) = office.turn("Monday at 3")?;
    assert_eq!(calls, ["propose_reschedule handle=slot_d ref=B1"]);
    Ok(())
}

#[test]
fn a_burst_of_messages_is_one_wish() -> anyhow::Result<()> {
    let mut office = Office::one_service();
    for text in ["hi", "I need", "an appointment", "for my son"] {
        office.customer(text);
    }
    let (calls, _) = office.turn("tomorrow")?;
    assert_eq!(
        calls.first().map(String::as_str),
        Some("find_slots from=2026-03-03 service=checkup to=2026-03-03")
    );
    Ok(())
}

#[test]
fn questions_are_answered_from_the_snippets_or_not_at_all() -> anyhow::Result<()> {
    let (_, words) = Office::one_service().turn("where can I park?")?;
    assert_eq!(words, "Parking is free behind the house.");
    let (_, words) = Office::one_service().turn("do you take my insurance?")?;
    assert!(words.starts_with("I do not know that"), "{words}");
    Ok(())
}

#[test]
fn spanish_customers_are_answered_in_spanish() -> anyhow::Result<()> {
    let mut office = Office::one_service();
    let (calls, words) = office.turn("Hola, quiero una cita el jueves por favor")?;
    assert_eq!(
        calls,
        ["set_reply_language language=es", "find_slots from=2026-03-05 service=checkup to=2026-03-05"]
    );
    assert_eq!(words, "Esto es lo que he encontrado.");
    let (calls, words) = office.turn("la primera")?;
    assert_eq!(calls, ["propose_booking handle=slot_a"]);
    assert_eq!(words, "Por favor, compruébelo.");
    let (calls, _) = office.turn("quiero un haircut mañana at 5")?;
    assert!(calls.iter().any(|call| call.starts_with("find_slots from=2026-03-03")), "{calls:?}");
    Ok(())
}

#[test]
fn tools_that_fail_end_in_words() -> anyhow::Result<()> {
    for tool in ["find_slots", "list_my_bookings", "propose_cancel", "search_knowledge", "ask_handoff"] {
        let text = match tool {
            "find_slots" => "I need an appointment",
            "search_knowledge" => "how much is it?",
            "ask_handoff" => "I want to speak to a person",
            _ => "cancel my appointment",
        };
        let mut office = Office::one_service();
        office.customer(text);
        office.result(tool, &json!({"service": "checkup"}), &json!({"error": "not available"}));
        let answer = office.answer()?;
        assert!(answer.calls.is_empty() && answer.text.is_some(), "{tool}: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_turn_that_leads_nowhere_ends() -> anyhow::Result<()> {
    let mut office = Office::one_service();
    office.customer("I need an appointment");
    for _ in 0..6 {
        office.result("withdraw_proposal", &json!({}), &json!({"error": "again"}));
    }
    assert!(office.answer()?.text.is_some_and(|words| words.contains("cannot look that up")));
    Ok(())
}
