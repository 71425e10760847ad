//! The request to a model: what never changes first, what changes most last, as long as the budget allows.

use std::fmt::Write as _;

use std::time::Duration;

use super::budget::{self, REPLY_TOKENS};
use super::card::card;
use super::context::Turn;
use super::findings::Findings;
use super::tools;
use crate::domain::{Author, HistoryLine};
use crate::model::{Message, Request};

/// What every model is told, whatever the business.
pub(super) const POLICY: &str = include_str!("policy.md");

/// A request, and whether something had to be left out of it.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) request: Request,
    pub(super) truncated: bool,
}

/// The request for the next call. `exchange` is what this turn's model said and was told so far; `model` is whom to ask.
pub(super) fn build(
    turn: &Turn<'_>,
    findings: &mut Findings,
    exchange: &[Message],
    model: &str,
    tokens: u32,
) -> Prompt {
    let tools = tools::specs(turn, findings);
    let system = system(turn, findings);
    let (newest, cut) = budget::newest(&findings.redactor.redact(&turn.reading.text));
    let card = card(turn, findings);
    let history: Vec<_> = turn.snapshot.history.iter().map(|line| said(line, findings)).collect();

    let tool_bytes: usize = tools
        .iter()
        .map(|tool| tool.name.len() + tool.description.len() + tool.parameters.to_string().len())
        .sum();
    let fixed = system.len() + tool_bytes + card.len() + newest.len();
    let room = budget::bytes(tokens.saturating_sub(REPLY_TOKENS)).saturating_sub(fixed);
    let (exchange, shortened) = shorten(exchange, room);
    let exchange_bytes: usize = exchange.iter().map(Message::bytes).sum();
    let lines: Vec<_> = history.iter().map(|line| (line.bytes(), matches!(line, Message::User(_)))).collect();
    let from = budget::window(&lines, room.saturating_sub(exchange_bytes));

    let mut messages = vec![Message::System(system)];
    messages.extend(history.into_iter().skip(from));
    messages.push(Message::System(card));
    messages.push(Message::User(newest));
    messages.extend(exchange);
    let request = Request {
        model: model.to_owned(),
        messages,
        tools,
        temperature: turn.snapshot.agent.temperature,
        max_output_tokens: REPLY_TOKENS,
        timeout: Duration::MAX,
    };
    Prompt { request, truncated: cut || shortened || from > 0 }
}

/// Policy and facts: the same bytes for every customer of one version of the agent.
fn system(turn: &Turn<'_>, findings: &Findings) -> String {
    let tenant = &turn.snapshot.tenant;
    let mut text = format!("{POLICY}\n# The business\nName: {}\n", tenant.name);
    let zone = tenant.time_zone.iana_name().unwrap_or("its own");
    let _ = writeln!(text, "Time zone: {zone}");
    if let Some(phone) = &tenant.phone {
        let _ = writeln!(text, "Phone: {phone}");
    }
    if let Some(hours) = &tenant.opening_hours {
        let _ = writeln!(text, "Opening hours: {hours}");
    }
    text.push_str("Services:\n");
    for service in &findings.services {
        let staff: Vec<_> =
            service.staff.iter().map(|staff| format!("{} ({})", staff.name, staff.slug)).collect();
        let price = service.price.as_deref().map(|price| format!(", {price}")).unwrap_or_default();
        let (slug, name, minutes) = (&service.slug, &service.name, service.minutes);
        let _ = writeln!(text, "- {slug}: {name}, {minutes} minutes{price}, with {}", staff.join(", "));
    }
    if !turn.snapshot.agent.prompt.trim().is_empty() {
        let _ = write!(text, "\n# Notes of the business\n{}\n", turn.snapshot.agent.prompt.trim());
    }
    text
}

fn said(line: &HistoryLine, findings: &mut Findings) -> Message {
    let text = findings.redactor.redact(&line.text);
    match line.author {
        Author::Customer => Message::User(text),
        Author::Assistant | Author::Reminder => Message::Assistant { text: Some(text), calls: Vec::new() },
        Author::Staff => Message::Assistant {
            text: Some(format!("(A person of the business wrote:) {text}")),
            calls: Vec::new(),
        },
    }
}

/// Results of earlier calls shrink to a line each, oldest first, until the rest fits. A call is never parted from its result.
fn shorten(exchange: &[Message], room: usize) -> (Vec<Message>, bool) {
    let mut messages = exchange.to_vec();
    let newest = messages.iter().rposition(|message| matches!(message, Message::Tool { .. }));
    let mut shortened = false;
    for at in 0..messages.len() {
        if messages.iter().map(Message::bytes).sum::<usize>() <= room {
            break;
        }
        if let Some(Message::Tool { content, .. }) = messages.get_mut(at)
            && Some(at) != newest
        {
            "{\"note\":\"left out, call again if needed\"}".clone_into(content);
            shortened = true;
        }
    }
    (messages, shortened)
}
