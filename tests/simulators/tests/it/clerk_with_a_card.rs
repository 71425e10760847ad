//! The clerk with a product that keeps only words between turns and puts what is open on a card before the
//! newest message.

use serde_json::{Value, json};
use simulators::model::{Brain, ChatRequest, Clerk};

use crate::office::written;

const FACTS: &str = "You are the virtual receptionist of one business. Speak in the language the card names.
# The business
Name: Harbour Dental
Services:
- check-up: Check-up, 30 minutes, with Ana Silva (ana), Ben Ito (ben)
- cleaning: Teeth cleaning, 45 minutes, with Ben Ito (ben)";

const DAYS: &str = "# Now
Mon 2026-03-02 14:15, local time of the business.
Days: today Mon 2026-03-02, tomorrow Tue 2026-03-03, Wed 2026-03-04, Thu 2026-03-05, Fri 2026-03-06, Sun 2026-03-15
";

const SHOWN: &str = "Answer in English.
Bookings of the customer: none
Open proposal: none
Times the customer was shown last:
1: Thu 2026-03-05 10:00 with Ana Silva, handle s.aaa
2: Thu 2026-03-05 10:00 with Ben Ito, handle s.bbb
3: Fri 2026-03-06 11:30 with Ana Silva, handle s.ccc
";

const LIST: &str = "These times are free for Check-up:\n1. Thu 5 March 10:00 with Ana Silva\n2. Thu 5 March 10:00 with Ben Ito\n3. Fri 6 March 11:30 with Ana Silva\nReply with the number of the time you want, or 0 for others.";

fn request(
    history: &[(&str, &str)],
    card: &str,
    words: &str,
    exchange: &[Value],
) -> anyhow::Result<ChatRequest> {
    let text = json!({"type": "string"});
    let tool = |name: &str, properties: Value| json!({"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": properties}}});
    let mut messages = vec![json!({"role": "system", "content": FACTS})];
    messages.extend(history.iter().map(|(role, content)| json!({"role": role, "content": content})));
    messages.push(json!({"role": "system", "content": format!("{DAYS}{card}")}));
    messages.push(json!({"role": "user", "content": words}));
    messages.extend_from_slice(exchange);
    let tools = [
        tool(
            "find_slots",
            json!({"service": {"enum": ["check-up", "cleaning"]}, "staff": text, "from": text, "to": text}),
        ),
        tool("list_my_bookings", json!({})),
        tool("withdraw_proposal", json!({})),
        tool("set_reply_language", json!({"language": {"enum": ["en", "es", "pt"]}})),
    ];
    Ok(serde_json::from_value(json!({"messages": messages, "tools": tools}))?)
}

fn answered(request: &ChatRequest) -> anyhow::Result<String> {
    let answer = Clerk.answer(request).map_err(anyhow::Error::msg)?;
    let call = answer.calls.first().map(|call| written(&call.name, &call.arguments));
    Ok(call.or(answer.text).unwrap_or_default())
}

#[test]
fn times_shown_before_are_picked_by_the_handles_on_the_card() -> anyhow::Result<()> {
    let history = [("user", "I need a check-up"), ("assistant", LIST)];
    for (words, expected) in [
        ("the second one", "propose_booking handle=s.bbb"),
        ("Thursday at 10 with Ben please", "propose_booking handle=s.bbb"),
        ("Thursday at 10", "propose_booking handle=s.aaa"),
        ("Friday works", "propose_booking handle=s.ccc"),
        ("11:30", "propose_booking handle=s.ccc"),
        ("Wednesday?", "find_slots from=2026-03-04 service=check-up to=2026-03-04"),
    ] {
        assert_eq!(answered(&request(&history, SHOWN, words, &[])?)?, expected, "{words}");
    }
    Ok(())
}

#[test]
fn people_and_services_are_named_as_the_facts_show_them() -> anyhow::Result<()> {
    for (words, expected) in [
        (
            "a check-up with Ben tomorrow",
            "find_slots from=2026-03-03 service=check-up staff=ben to=2026-03-03",
        ),
        ("a cleaning with Dr Silva", "find_slots service=cleaning staff=ana"),
        ("I need an appointment with Ben", "What would you like to come for: Check-up or Teeth cleaning?"),
    ] {
        assert_eq!(answered(&request(&[], "Answer in English.\n", words, &[])?)?, expected, "{words}");
    }
    Ok(())
}

#[test]
fn an_open_proposal_on_the_card_is_left_to_the_customer() -> anyhow::Result<()> {
    let card =
        "Open proposal: book Check-up Thu 2026-03-05 10:00 with Ana; waits for the customer's yes or no\n";
    let history = [("user", "I need a check-up"), ("assistant", "Shall I book it? Please reply YES or NO.")];
    assert_eq!(answered(&request(&history, card, "yes that would be lovely", &[])?)?, "Please check this.");
    assert_eq!(answered(&request(&history, card, "no I changed my mind", &[])?)?, "withdraw_proposal");
    assert_eq!(
        answered(&request(&history, card, "rather on Friday", &[])?)?,
        "find_slots from=2026-03-06 service=check-up to=2026-03-06"
    );
    Ok(())
}

#[test]
fn what_is_free_next_is_shown_when_nothing_is_free_then() -> anyhow::Result<()> {
    let call = json!({"id": "c1", "function": {"name": "find_slots",
        "arguments": "{\"service\":\"check-up\",\"from\":\"2026-03-04\",\"to\":\"2026-03-04\"}"}});
    let result = json!({"slots": [], "note": "Nothing is free in that time.",
        "next_free": [{"handle": "s.ccc", "label": "Fri 6 March 11:30 Ana", "starts_at": "2026-03-06T11:30+00:00"}]});
    let exchange = [
        json!({"role": "assistant", "content": null, "tool_calls": [call]}),
        json!({"role": "tool", "tool_call_id": "c1", "content": result.to_string()}),
    ];
    let words = answered(&request(&[], "Answer in English.\n", "a check-up on Wednesday", &exchange)?)?;
    assert_eq!(words, "Here is what I found.");
    Ok(())
}

#[test]
fn a_cancellation_that_is_over_is_not_what_new_words_are_about() -> anyhow::Result<()> {
    let history = [
        ("user", "CANCEL"),
        ("assistant", "Shall I cancel this appointment? Please reply YES or NO."),
        ("user", "yes"),
        ("assistant", "Cancelled: Check-up with Ana. For a new appointment, write MENU."),
    ];
    let asked = answered(&request(&history, "Answer in English.\n", "a check-up on Friday", &[])?)?;
    assert_eq!(asked, "find_slots from=2026-03-06 service=check-up to=2026-03-06");
    Ok(())
}

#[test]
fn the_language_on_the_card_is_switched_only_when_it_is_another() -> anyhow::Result<()> {
    let spanish = "Quiero una limpieza para mañana";
    let asked = |card: &str, words: &str| answered(&request(&[], card, words, &[])?);
    assert_eq!(asked("Answer in English.\n", spanish)?, "set_reply_language language=es");
    assert!(
        asked("Answer in Spanish.\n", spanish)?.starts_with("find_slots from=2026-03-03 service=cleaning")
    );
    assert_eq!(asked("Answer in Spanish.\n", "I need a cleaning please")?, "set_reply_language language=en");
    assert!(!asked("Answer in Portuguese.\n", "Quero uma limpeza amanhã")?.starts_with("set_reply_language"));
    Ok(())
}
