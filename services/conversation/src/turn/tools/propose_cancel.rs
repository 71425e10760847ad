use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::propose_reschedule::referenced;
use super::{Step, read, schema};
use crate::model::ToolSpec;
use crate::turn::context::Turn;
use crate::turn::findings::Findings;
use crate::turn::freeze;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    r#ref: String,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: "propose_cancel",
        description: "Asks the customer whether to cancel this appointment. Ends your turn.",
        parameters: schema(json!({ "ref": { "type": "string", "description": "B1, B2 …" } }), &["ref"]),
    }
}

pub(super) fn run(
    turn: &Turn<'_>,
    findings: &mut Findings,
    arguments: &Map<String, Value>,
) -> Result<Step, Step> {
    let wanted: Wanted = read(arguments)?;
    let booking = referenced(findings, &wanted.r#ref)?;
    Ok(Step::End(Box::new(freeze::propose_cancel(turn, "model_proposal", Vec::new(), booking))))
}
