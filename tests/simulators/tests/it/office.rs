//! Requests as the product writes them, and a tiny product around the clerk.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulators::model::{Answer, Brain, ChatRequest, Clerk};

/// Monday, 2 March 2026.
const CARD: &str = "Now: Monday 2026-03-02 14:15 (Europe/London)
Next 14 days:
Mon 2026-03-02 today
Tue 2026-03-03
Wed 2026-03-04
Thu 2026-03-05
Fri 2026-03-06
Sat 2026-03-07
Sun 2026-03-08
Mon 2026-03-09
Tue 2026-03-10
Wed 2026-03-11
Thu 2026-03-12
Fri 2026-03-13
Sat 2026-03-14
Sun 2026-03-15";

const SERVICES: &str = "You are the assistant of Harbour Dental.
Services:
- checkup: Check-up, 30 minutes
- hygiene: Teeth cleaning, 45 minutes
- whitening: Whitening, 60 minutes";

/// What was offered in the conversations that begin with an offer.
pub const OFFERED: [(&str, &str, &str); 4] = [
    ("slot_a", "Thu 5 March 10:00", "2026-03-05T10:00:00Z"),
    ("slot_b", "Thu 5 March 11:30", "2026-03-05T11:30:00Z"),
    ("slot_c", "Fri 6 March 10:00", "2026-03-06T10:00:00Z"),
    ("slot_d", "Mon 9 March 15:00", "2026-03-09T15:00:00Z"),
];

/// A conversation under way.
#[derive(Clone)]
pub struct Office {
    messages: Vec<Value>,
    services: Vec<&'static str>,
    calls: usize,
    pub bookings: Vec<(&'static str, &'static str)>,
    /// Slots that were taken meanwhile.
    pub gone: BTreeSet<&'static str>,
}

impl Office {
    pub fn of(services: &[&'static str]) -> Self {
        Self {
            messages: vec![json!({"role": "system", "content": SERVICES})],
            services: services.to_vec(),
            calls: 0,
            bookings: Vec::new(),
            gone: BTreeSet::new(),
        }
    }

    pub fn one_service() -> Self {
        Self::of(&["checkup"])
    }

    pub fn three_services() -> Self {
        Self::of(&["checkup", "hygiene", "whitening"])
    }

    /// A conversation in which the four slots have been offered, as the product renders them.
    pub fn after_offer() -> Self {
        let mut office = Self::one_service();
        office.customer("Hi, I need an appointment");
        office.result("find_slots", &json!({"service": "checkup"}), &slots(&BTreeSet::new(), None));
        let lines: Vec<String> =
            OFFERED.iter().enumerate().map(|(at, (_, label, _))| format!("{}. {label}", at + 1)).collect();
        office.desk(&format!("Here is what I found.\n{}\nWhich one suits you?", lines.join("\n")));
        office
    }

    pub fn with_bookings(mut self, bookings: &[(&'static str, &'static str)]) -> Self {
        self.bookings = bookings.to_vec();
        self
    }

    pub fn customer(&mut self, text: &str) {
        self.messages.push(json!({"role": "user", "content": text}));
    }

    pub fn desk(&mut self, text: &str) {
        self.messages.push(json!({"role": "assistant", "content": text}));
    }

    pub fn result(&mut self, tool: &str, arguments: &Value, result: &Value) {
        self.calls += 1;
        let id = format!("call_{}", self.calls);
        let call = json!({"id": id, "type": "function", "function": {"name": tool, "arguments": arguments.to_string()}});
        self.messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
        self.messages.push(json!({"role": "tool", "tool_call_id": id, "content": result.to_string()}));
    }

    /// Forgets what tools answered, as a product that keeps only words does.
    pub fn without_results(mut self) -> Self {
        self.messages.retain(|message| message["role"] != "tool" && message.get("tool_calls").is_none());
        self
    }

    pub fn request(&self) -> anyhow::Result<ChatRequest> {
        let mut messages = self.messages.clone();
        messages.push(json!({"role": "system", "content": CARD}));
        Ok(serde_json::from_value(
            json!({"model": "clerk", "messages": messages, "tools": tools(&self.services)}),
        )?)
    }

    /// The clerk's next answer.
    pub fn answer(&self) -> anyhow::Result<Answer> {
        Clerk.answer(&self.request()?).map_err(anyhow::Error::msg)
    }

    /// The customer speaks; tools are run until the clerk answers with words. Returns the calls made, written as
    /// `tool argument=value`, and the words.
    pub fn turn(&mut self, text: &str) -> anyhow::Result<(Vec<String>, String)> {
        self.customer(text);
        let mut made = Vec::new();
        for _ in 0..8 {
            let answer = self.answer()?;
            let Some(call) = answer.calls.first() else {
                let words = answer.text.unwrap_or_default();
                self.desk(&words);
                return Ok((made, words));
            };
            made.push(written(&call.name, &call.arguments));
            let result = self.run(&call.name, &call.arguments);
            self.result(&call.name, &call.arguments, &result);
        }
        anyhow::bail!("no end after {made:?}")
    }

    fn run(&self, tool: &str, arguments: &Value) -> Value {
        match tool {
            "find_slots" => slots(&self.gone, arguments["from"].as_str().zip(arguments["to"].as_str())),
            "list_my_bookings" => {
                let list: Vec<Value> = self
                    .bookings
                    .iter()
                    .map(|(reference, label)| json!({"ref": reference, "label": label}))
                    .collect();
                json!({"bookings": list})
            }
            "propose_booking" | "propose_reschedule" => {
                let known = OFFERED
                    .iter()
                    .any(|(handle, _, _)| arguments["handle"] == *handle && !self.gone.contains(handle));
                if known { json!({"summary": "as shown"}) } else { json!({"error": "this slot is not free"}) }
            }
            "search_knowledge" if arguments["query"].as_str().is_some_and(|query| query.contains("park")) => {
                json!({"snippets": [{"id": "k1", "text": "Parking is free behind the house."}]})
            }
            "search_knowledge" => json!({"snippets": []}),
            _ => json!({"ok": true}),
        }
    }
}

fn slots(gone: &BTreeSet<&str>, days: Option<(&str, &str)>) -> Value {
    let wanted = |starts_at: &str| {
        let day = starts_at.get(..10).unwrap_or_default();
        days.is_none_or(|(from, to)| (from..=to).contains(&day))
    };
    let free = OFFERED.iter().filter(|(handle, _, starts_at)| !gone.contains(handle) && wanted(starts_at));
    let list: Vec<Value> = free
        .map(|(handle, label, starts_at)| json!({"handle": handle, "label": label, "starts_at": starts_at}))
        .collect();
    json!({"slots": list})
}

/// A call on one line.
pub fn written(name: &str, arguments: &Value) -> String {
    let fields = arguments.as_object().into_iter().flatten();
    let fields = fields.map(|(field, value)| format!(" {field}={}", value.as_str().unwrap_or("?")));
    format!("{name}{}", fields.collect::<String>())
}

fn tools(services: &[&str]) -> Vec<Value> {
    let text = json!({"type": "string"});
    let tool = |name: &str, properties: Value, required: Value| {
        json!({"type": "function", "function": {"name": name, "parameters": {
            "type": "object", "properties": properties, "required": required, "additionalProperties": false}}})
    };
    vec![
        tool(
            "find_slots",
            json!({
                "service": {"type": "string", "enum": services},
                "staff": {"type": "string", "enum": ["ana", "ben"]},
                "from": {"type": "string", "format": "date"},
                "to": {"type": "string", "format": "date"},
                "part_of_day": {"type": "string", "enum": ["morning", "afternoon", "evening"]},
            }),
            json!(["service"]),
        ),
        tool("list_my_bookings", json!({}), json!([])),
        tool("propose_booking", json!({"handle": text}), json!(["handle"])),
        tool("propose_reschedule", json!({"ref": text, "handle": text}), json!(["ref", "handle"])),
        tool("propose_cancel", json!({"ref": text}), json!(["ref"])),
        tool("withdraw_proposal", json!({}), json!([])),
        tool("search_knowledge", json!({"query": text}), json!(["query"])),
        tool(
            "ask_handoff",
            json!({"reason": {"type": "string", "enum": ["unclear", "customer_request", "complaint"]}, "summary": text}),
            json!(["reason", "summary"]),
        ),
        tool(
            "set_reply_language",
            json!({"language": {"type": "string", "enum": ["en", "es"]}}),
            json!(["language"]),
        ),
    ]
}
