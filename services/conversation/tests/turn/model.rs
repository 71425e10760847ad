use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use conversation::model::{Answer, Arguments, Call, Model, ModelError, Request, Stop, Usage};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending, ready};
use serde_json::Value;

type Maker = Box<dyn Fn(&Request) -> Answer + Send + Sync>;

/// One answer of the script.
pub enum Step {
    /// Words.
    Say(String),
    /// One call.
    Call(&'static str, Value),
    /// Whatever the request makes of it.
    From(Maker),
    /// No answer.
    Fail(ModelError),
    /// Nothing, for ever.
    Hang,
}

/// A model that follows a script, and keeps what it was asked.
#[derive(Default)]
pub struct ScriptedModel {
    steps: Mutex<VecDeque<Step>>,
    /// What is done when the script is over; `None`: the test fails.
    forever: Option<Maker>,
    requests: Mutex<Vec<Request>>,
}

impl std::fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScriptedModel")
    }
}

impl ScriptedModel {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Mutex::new(steps.into_iter().collect()), ..Self::default() }
    }

    pub fn forever(make: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self { forever: Some(Box::new(make)), ..Self::default() }
    }

    pub fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap()
    }

    /// Steps nobody asked for.
    pub fn left(&self) -> usize {
        self.steps.lock().unwrap().len()
    }
}

impl Model for ScriptedModel {
    fn name(&self) -> &str {
        "scripted"
    }

    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ModelError>> {
        self.requests().push(request.clone());
        let step = self.steps.lock().unwrap().pop_front();
        let answer = match (step, &self.forever) {
            (Some(Step::Say(text)), _) => Ok(words(&text)),
            (Some(Step::Call(name, arguments)), _) => Ok(call(name, &arguments)),
            (Some(Step::From(make)), _) => Ok(make(request)),
            (Some(Step::Fail(error)), _) => Err(error),
            (Some(Step::Hang), _) => return pending().boxed(),
            (None, Some(make)) => Ok(make(request)),
            (None, None) => panic!("the model was asked more often than its script says"),
        };
        ready(answer).boxed()
    }
}

pub fn words(text: &str) -> Answer {
    let usage = Some(Usage { input: 100, cached: 80, output: 10 });
    Answer { text: Some(text.to_owned()), calls: Vec::new(), stop: Stop::Done, usage, request_id: None }
}

pub fn call(name: &str, arguments: &Value) -> Answer {
    calls(&[(name, arguments.to_string())])
}

pub fn calls(calls: &[(&str, String)]) -> Answer {
    let calls = calls
        .iter()
        .enumerate()
        .map(|(at, (name, arguments))| Call {
            id: format!("call_{at}"),
            name: (*name).to_owned(),
            arguments: Arguments::read(arguments),
        })
        .collect();
    Answer { text: None, calls, stop: Stop::ToolUse, usage: None, request_id: None }
}

/// The first handle in the newest tool result, as a model would copy it.
pub fn first_handle(request: &Request) -> String {
    let text = format!("{:?}", request.messages.last().unwrap());
    let from = text.find("slot_").unwrap();
    text[from..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect()
}
