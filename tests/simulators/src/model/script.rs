//! The script: a brain that says exactly what a test wants, and complains when it is asked anything else.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::answer::Answer;
use super::brain::Brain;
use super::request::ChatRequest;
use crate::lock::lock;

type Expectation = Box<dyn Fn(&ChatRequest) -> Result<(), String> + Send>;

/// One step: what the request must hold, and what is answered.
pub struct Step {
    name: String,
    expectations: Vec<Expectation>,
    answer: Answer,
}

impl Step {
    /// A step that answers with words.
    pub fn says(text: impl Into<String>) -> Self {
        Self::answers(Answer::says(text))
    }

    /// A step that calls a tool.
    pub fn calls(tool: impl Into<String>, arguments: Value) -> Self {
        Self::answers(Answer::calls(tool, arguments))
    }

    /// A step with any answer.
    pub fn answers(answer: Answer) -> Self {
        Self { name: String::new(), expectations: Vec::new(), answer }
    }

    /// Names the step in complaints.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The customer's last words must hold `text`.
    #[must_use]
    pub fn when_customer_says(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.when(move |request| holds("the customer's last words", request.last_words(), &text))
    }

    /// The request must end with a tool's result that holds `text`.
    #[must_use]
    pub fn when_result_holds(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.when(move |request| match request.last_result() {
            Some(result) => holds("the last tool result", result, &text),
            None => {
                Err(format!("the request does not end with a tool result; expected one holding `{text}`"))
            }
        })
    }

    /// Some message of the request must hold `text`.
    #[must_use]
    pub fn when_prompt_holds(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.when(move |request| {
            let found = request.messages.iter().any(|message| message.content.contains(&text));
            found.then_some(()).ok_or_else(|| format!("no message holds `{text}`"))
        })
    }

    /// The tool must be offered.
    #[must_use]
    pub fn when_offered(self, tool: impl Into<String>) -> Self {
        let tool = tool.into();
        self.when(move |request| {
            request.tool(&tool).map(|_| ()).ok_or_else(|| format!("`{tool}` is not offered"))
        })
    }

    /// The request may have at most about so many tokens.
    #[must_use]
    pub fn within_tokens(self, limit: usize) -> Self {
        self.when(move |request| {
            let tokens = request.length().div_ceil(4);
            (tokens <= limit)
                .then_some(())
                .ok_or_else(|| format!("{tokens} tokens, expected at most {limit}"))
        })
    }

    /// Any other expectation.
    #[must_use]
    pub fn when(mut self, expectation: impl Fn(&ChatRequest) -> Result<(), String> + Send + 'static) -> Self {
        self.expectations.push(Box::new(expectation));
        self
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Step")
            .field("name", &self.name)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

fn holds(what: &str, text: &str, part: &str) -> Result<(), String> {
    if text.contains(part) { Ok(()) } else { Err(format!("{what} are `{text}`, expected `{part}` in them")) }
}

/// A queue of steps, used strictly in order. Clones share the queue: keep one to ask [`Script::finish`].
#[derive(Debug, Clone)]
pub struct Script(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    steps: VecDeque<Step>,
    used: usize,
    complaints: Vec<String>,
}

impl Script {
    /// A script of these steps.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self(Arc::new(Mutex::new(State {
            steps: steps.into_iter().collect(),
            used: 0,
            complaints: Vec::new(),
        })))
    }

    /// Whether everything went by the script: all steps used, all expectations met, nothing asked beyond it.
    ///
    /// # Errors
    /// All complaints, one a line.
    pub fn finish(&self) -> Result<(), String> {
        let state = lock(&self.0);
        let mut complaints = state.complaints.clone();
        if !state.steps.is_empty() {
            let left: Vec<String> = state.steps.iter().map(|step| format!("{step:?}")).collect();
            complaints.push(format!(
                "{} of {} steps unused: {}",
                left.len(),
                left.len() + state.used,
                left.join("; ")
            ));
        }
        if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
    }
}

impl Brain for Script {
    fn answer(&self, request: &ChatRequest) -> Result<Answer, String> {
        let mut state = lock(&self.0);
        let number = state.used + 1;
        let Some(step) = state.steps.pop_front() else {
            let complaint = format!("request {number} goes beyond the script: `{}`", request.last_words());
            state.complaints.push(complaint.clone());
            return Err(complaint);
        };
        state.used = number;
        for expectation in &step.expectations {
            if let Err(problem) = expectation(request) {
                let complaint = format!("step {number} {}: {problem}", step.name);
                state.complaints.push(complaint.clone());
                return Err(complaint);
            }
        }
        Ok(step.answer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::request::{Message, Role};

    fn asked(role: Role, content: &str) -> ChatRequest {
        let message = Message { role, content: content.to_owned(), ..Message::default() };
        ChatRequest { messages: vec![message], ..ChatRequest::default() }
    }

    #[test]
    fn steps_are_used_in_order_and_all_of_them() {
        let script = Script::new([
            Step::calls("find_slots", json!({})).when_customer_says("appointment"),
            Step::says("Here you are").when_result_holds("slots").within_tokens(10),
        ]);
        assert!(script.finish().unwrap_err().contains("2 of 2 steps unused"));
        let first = script.answer(&asked(Role::User, "an appointment")).unwrap();
        assert_eq!(first.calls[0].name, "find_slots");
        assert_eq!(script.answer(&asked(Role::Tool, "slots")).unwrap(), Answer::says("Here you are"));
        assert_eq!(script.finish(), Ok(()));
        assert!(script.answer(&asked(Role::User, "more")).unwrap_err().contains("beyond the script"));
        assert!(script.finish().is_err());
    }

    #[test]
    fn an_unmet_expectation_is_told_to_the_caller_and_to_the_test() {
        let cases = [
            (Step::says("x").when_customer_says("yes"), "expected `yes`"),
            (Step::says("x").when_result_holds("yes"), "does not end with a tool result"),
            (Step::says("x").when_offered("find_slots"), "`find_slots` is not offered"),
            (Step::says("x").within_tokens(0), "expected at most 0"),
            (Step::says("x").when_prompt_holds("card"), "no message holds `card`"),
            (Step::says("x").when(|_| Err("no".to_owned())).named("the odd one"), "step 1 the odd one: no"),
        ];
        for (step, problem) in cases {
            let script = Script::new([step]);
            let refusal = script.answer(&asked(Role::User, "no")).unwrap_err();
            assert!(refusal.contains(problem), "{refusal}");
            assert_eq!(script.finish(), Err(refusal));
        }
    }
}
