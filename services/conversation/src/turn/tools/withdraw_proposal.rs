use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Step, read, schema};
use crate::model::ToolSpec;
use crate::turn::context::Turn;
use crate::turn::findings::Findings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: "withdraw_proposal",
        description: "Takes the open proposal back, when the customer no longer wants it.",
        parameters: schema(json!({}), &[]),
    }
}

pub(super) async fn run(
    turn: &Turn<'_>,
    findings: &mut Findings,
    arguments: &Map<String, Value>,
) -> Result<Step, Step> {
    let Nothing {} = read(arguments)?;
    let open = turn.snapshot.open_proposal.is_some() && !findings.withdrawn;
    if open {
        turn.release_hold().await;
        findings.withdrawn = true;
    }
    Ok(Step::Result(json!({ "withdrawn": open })))
}
