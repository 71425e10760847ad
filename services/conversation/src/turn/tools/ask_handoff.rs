use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Step, read, schema};
use crate::domain::HandoffReason;
use crate::model::ToolSpec;
use crate::turn::context::Turn;
use crate::turn::findings::Findings;
use crate::turn::flows::handoff;

/// Characters of the line for staff.
const LONGEST: usize = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    reason: Reason,
    summary: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    Requested,
    Complaint,
    OutOfScope,
    Medical,
    Stuck,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: "ask_handoff",
        description: "Passes the conversation to a person of the business. Ends your turn.",
        parameters: schema(
            json!({
                "reason": { "type": "string", "enum": ["requested", "complaint", "out_of_scope", "medical", "stuck"] },
                "summary": { "type": "string", "description": "One line for staff" }
            }),
            &["reason", "summary"],
        ),
    }
}

pub(super) fn run(
    turn: &Turn<'_>,
    findings: &Findings,
    arguments: &Map<String, Value>,
) -> Result<Step, Step> {
    let wanted: Wanted = read(arguments)?;
    let reason = match wanted.reason {
        Reason::Requested => HandoffReason::Requested,
        Reason::Complaint => HandoffReason::Complaint,
        Reason::OutOfScope => HandoffReason::OutOfScope,
        Reason::Medical => HandoffReason::Medical,
        Reason::Stuck => HandoffReason::Stuck,
    };
    let summary = findings.redactor.restore(&wanted.summary).chars().take(LONGEST).collect();
    Ok(Step::End(Box::new(handoff::by_model(turn, reason, summary))))
}
