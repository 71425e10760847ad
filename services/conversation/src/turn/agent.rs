//! A turn with a model: it may look things up and propose, within bounds; code decides what becomes of it.

use super::calls::{self, NoAnswer};
use super::claim_guard::Finding;
use super::compose::{compose, finish, without_words};
use super::context::Turn;
use super::findings::Findings;
use super::flows::{handoff, menu};
use super::plain::{is_machine_talk, repeats_itself, whole_sentences};
use super::prompt;
use super::tools::{self, Step};
use crate::domain::{Degraded, Draft, HandoffReason, MenuCause};
use crate::model::{Answer, Call, Message, Stop};

/// Answers with a model. Whatever goes wrong with it, there is an answer, and it is true.
pub(super) async fn answer(turn: &Turn<'_>) -> Draft {
    let Some(model) = turn.snapshot.agent.model.as_deref() else {
        return menu::instead_of_a_model(turn, MenuCause::AiOff);
    };
    let (services, bookings) = tokio::join!(turn.services(), turn.bookings());
    let (Ok(services), Ok(bookings)) = (services, bookings) else { return menu::calendar_down(turn) };
    let mut run = Run {
        model,
        findings: Findings::new(turn, services, bookings),
        turn: turn.clone(),
        exchange: Vec::new(),
        tokens: turn.snapshot.agent.token_budget,
        repaired: false,
        corrected: false,
        shrunk: false,
    };
    run.run().await
}

const ONE_AT_A_TIME: &str = r#"{"error":"not run: one call at a time; call again if it is still needed"}"#;

/// One turn with a model, under way.
struct Run<'a> {
    /// The turn; its language is the model's to set.
    turn: Turn<'a>,
    model: &'a str,
    findings: Findings,
    /// What the model said and was told in this turn.
    exchange: Vec<Message>,
    /// The budget for one request.
    tokens: u32,
    /// An answer of no use was sent back once; a second one ends the turn.
    repaired: bool,
    /// Words that claimed too much were sent back once; a second time code speaks.
    corrected: bool,
    /// The request was too long once.
    shrunk: bool,
}

/// What an answer comes to.
enum Next {
    /// The turn is over.
    End(Box<Draft>),
    /// The model is asked again.
    Again,
}

/// An answer, as it can be used.
enum Read {
    Calls(Vec<Call>, Option<String>),
    Words(String),
    Refused,
    Useless(&'static str),
}

impl Run<'_> {
    async fn run(&mut self) -> Draft {
        for _ in 0..self.turn.snapshot.agent.max_model_calls {
            if let Next::End(draft) = self.step().await {
                return *draft;
            }
        }
        self.loop_limit()
    }

    async fn step(&mut self) -> Next {
        let mut prompt =
            prompt::build(&self.turn, &mut self.findings, &self.exchange, self.model, self.tokens);
        self.findings.stats.truncated |= prompt.truncated;
        self.findings.stats.model_calls += 1;
        let answered = calls::complete(
            self.turn.ports,
            &mut prompt.request,
            self.turn.deadline,
            &mut self.findings.stats,
        )
        .await;
        let answer = match answered {
            Ok(answer) => answer,
            Err(NoAnswer::TooLong) if !self.shrunk => {
                // The estimate was too low for this model: once more with half the room.
                self.shrunk = true;
                self.tokens /= 2;
                return Next::Again;
            }
            Err(NoAnswer::TooLong) => return self.degraded(Degraded::Misconfigured),
            Err(NoAnswer::Refused) => return self.degraded(Degraded::Refused),
            Err(NoAnswer::Failed(why)) => return self.degraded(why),
        };
        match read(answer) {
            Read::Calls(calls, text) => self.run_calls(calls, text).await,
            Read::Words(text) => self.say(&text),
            Read::Refused => self.degraded(Degraded::Refused),
            Read::Useless(problem) => self.repair(None, problem),
        }
    }

    /// Runs one call and refuses the rest: what a model wants to write is taken before what it wants to read.
    async fn run_calls(&mut self, calls: Vec<Call>, text: Option<String>) -> Next {
        let chosen = calls.iter().position(|call| call.name.starts_with("propose_")).unwrap_or(0);
        self.findings.stats.tool_calls += u32::try_from(calls.len()).unwrap_or(u32::MAX);
        if self.findings.stats.tool_calls > self.turn.snapshot.agent.max_tool_calls {
            return Next::End(Box::new(self.loop_limit()));
        }
        self.exchange.push(Message::Assistant { text, calls: calls.clone() });
        let Some(call) = calls.get(chosen) else { return Next::Again };
        let next = match tools::run(&mut self.turn, &mut self.findings, call).await {
            Step::Result(value) => {
                self.tell(call, value.to_string());
                Next::Again
            }
            Step::Refused(problem) => self.repair(Some(call), &problem),
            Step::End(draft) => Next::End(Box::new(finish(&self.findings, *draft))),
            Step::CalendarDown => {
                Next::End(Box::new(finish(&self.findings, menu::calendar_down(&self.turn))))
            }
        };
        let told = self.exchange.last().cloned();
        for other in calls.iter().enumerate().filter(|(at, _)| *at != chosen).map(|(_, call)| call) {
            // The same call twice has the same result; every call must have one.
            match &told {
                Some(Message::Tool { content, .. }) if is_same(other, call) => {
                    self.tell(other, content.clone())
                }
                _ => self.tell(other, ONE_AT_A_TIME.to_owned()),
            }
        }
        next
    }

    fn tell(&mut self, call: &Call, content: String) {
        self.exchange.push(Message::Tool { call_id: call.id.clone(), content });
    }

    /// Words for the customer, unless they claim what no record shows.
    fn say(&mut self, text: &str) -> Next {
        match compose(&self.turn, &self.findings, text) {
            Ok(draft) => Next::End(Box::new(draft)),
            Err(problems) => {
                self.findings.stats.guard_blocks += 1;
                if std::mem::replace(&mut self.corrected, true) {
                    return self.degraded(Degraded::ClaimGuard);
                }
                self.exchange.push(Message::Assistant { text: Some(text.to_owned()), calls: Vec::new() });
                self.exchange.push(Message::System(correction(&problems)));
                Next::Again
            }
        }
    }

    /// Tells the model what was wrong, once. The second time code takes over, with what is known to be true.
    fn repair(&mut self, call: Option<&Call>, problem: &str) -> Next {
        self.findings.stats.repairs += 1;
        if std::mem::replace(&mut self.repaired, true) {
            return self.degraded(Degraded::ModelError);
        }
        match call {
            Some(call) => self.tell(call, serde_json::json!({ "error": problem }).to_string()),
            None => self.exchange.push(Message::System(format!(
                "Your last answer could not be used: {problem}. Answer again."
            ))),
        }
        Next::Again
    }

    fn degraded(&self, why: Degraded) -> Next {
        Next::End(Box::new(without_words(&self.turn, &self.findings, why)))
    }

    /// A model that does not come to an end is stopped, and a person is asked for.
    fn loop_limit(&self) -> Draft {
        let mut draft = handoff::stuck(&self.turn, "loop_limit", HandoffReason::Stuck);
        draft.stats.degraded = Some(Degraded::LoopLimit);
        finish(&self.findings, draft)
    }
}

fn is_same(a: &Call, b: &Call) -> bool {
    a.name == b.name && a.arguments == b.arguments
}

fn read(answer: Answer) -> Read {
    if answer.stop == Stop::Refused {
        return Read::Refused;
    }
    if !answer.calls.is_empty() {
        return Read::Calls(answer.calls, answer.text);
    }
    let Some(text) = answer.text.filter(|text| !text.trim().is_empty()) else {
        return Read::Useless("it was empty");
    };
    if is_machine_talk(&text) {
        return Read::Useless("it was neither a tool call nor plain text for the customer");
    }
    if repeats_itself(&text) {
        return Read::Useless("it said the same thing over and over");
    }
    if answer.stop == Stop::Length {
        return whole_sentences(&text).map_or(Read::Useless("it was too long"), Read::Words);
    }
    Read::Words(text)
}

fn correction(problems: &[Finding]) -> String {
    let reasons: Vec<_> = problems.iter().map(Finding::instruction).collect();
    format!(
        "Your last answer was not sent to the customer. {} Write it again, or call a tool.",
        reasons.join(" ")
    )
}
