//! What a model may ask for: one file a tool. All read or propose; none commits.

mod ask_handoff;
mod find_slots;
mod list_my_bookings;
mod propose_booking;
mod propose_cancel;
mod propose_reschedule;
mod search_knowledge;
mod set_reply_language;
mod withdraw_proposal;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::context::Turn;
use super::findings::Findings;
use super::ports::CalendarError;
use crate::domain::{Draft, ToolName};
use crate::model::{Arguments, Call, ToolSpec};

/// What a call comes to.
pub(super) enum Step {
    /// The model is told this.
    Result(Value),
    /// The call cannot be run; the model is told why, once.
    Refused(String),
    /// The turn is over: code has written the answer.
    End(Box<Draft>),
    /// The book cannot be asked.
    CalendarDown,
}

impl From<CalendarError> for Step {
    fn from(error: CalendarError) -> Self {
        match error {
            CalendarError::Unavailable => Self::CalendarDown,
            CalendarError::Taken | CalendarError::Expired => {
                Self::Result(json!({ "error": "no longer free; call find_slots again" }))
            }
            CalendarError::Unknown => {
                Self::Refused("the calendar knows no such service, person or time".to_owned())
            }
        }
    }
}

/// The tools this agent has, as a model is told about them. Stable from call to call.
pub(super) fn specs(turn: &Turn<'_>, findings: &Findings) -> Vec<ToolSpec> {
    ToolName::ALL
        .into_iter()
        .filter(|tool| turn.snapshot.agent.tools.contains(tool))
        .map(|tool| spec(tool, findings))
        .collect()
}

fn spec(tool: ToolName, findings: &Findings) -> ToolSpec {
    match tool {
        ToolName::FindSlots => find_slots::spec(findings),
        ToolName::ListMyBookings => list_my_bookings::spec(),
        ToolName::ProposeBooking => propose_booking::spec(),
        ToolName::ProposeReschedule => propose_reschedule::spec(),
        ToolName::ProposeCancel => propose_cancel::spec(),
        ToolName::WithdrawProposal => withdraw_proposal::spec(),
        ToolName::SearchKnowledge => search_knowledge::spec(),
        ToolName::AskHandoff => ask_handoff::spec(),
        ToolName::SetReplyLanguage => set_reply_language::spec(),
    }
}

/// Runs a call, if it is one this agent may make and its arguments are exactly what the tool takes.
pub(super) async fn run(turn: &mut Turn<'_>, findings: &mut Findings, call: &Call) -> Step {
    let tool = ToolName::named(&call.name).filter(|tool| turn.snapshot.agent.tools.contains(tool));
    let Some(tool) = tool else {
        let names: Vec<_> = turn.snapshot.agent.tools.iter().map(|tool| tool.as_str()).collect();
        return Step::Refused(format!("there is no such tool; there are {}", names.join(", ")));
    };
    let arguments = match &call.arguments {
        Arguments::Object(arguments) => arguments,
        Arguments::Unreadable { problem, .. } => return Step::Refused(problem.clone()),
    };
    let step = match tool {
        ToolName::FindSlots => find_slots::run(turn, findings, arguments).await,
        ToolName::ListMyBookings => list_my_bookings::run(turn, findings, arguments),
        ToolName::ProposeBooking => propose_booking::run(turn, findings, arguments).await,
        ToolName::ProposeReschedule => propose_reschedule::run(turn, findings, arguments).await,
        ToolName::ProposeCancel => propose_cancel::run(turn, findings, arguments),
        ToolName::WithdrawProposal => withdraw_proposal::run(turn, findings, arguments).await,
        ToolName::SearchKnowledge => search_knowledge::run(turn, findings, arguments),
        ToolName::AskHandoff => ask_handoff::run(turn, findings, arguments),
        ToolName::SetReplyLanguage => set_reply_language::run(turn, arguments),
    };
    step.unwrap_or_else(|refused| refused)
}

/// Arguments as the tool wants them; nothing missing, nothing extra. Empty strings and nulls count as left out, since models
/// fill in what they do not know.
fn read<T: DeserializeOwned>(arguments: &Map<String, Value>) -> Result<T, Step> {
    let given = arguments.iter().filter(|(_, value)| !value.is_null() && value.as_str() != Some(""));
    let given: Map<_, _> = given.map(|(key, value)| (key.clone(), value.clone())).collect();
    serde_json::from_value(Value::Object(given))
        .map_err(|error| Step::Refused(format!("wrong arguments: {error}")))
}

/// The schema of a tool's arguments.
fn schema(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
