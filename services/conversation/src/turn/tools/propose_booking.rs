use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Step, read, schema};
use crate::domain::{For, Slot};
use crate::model::ToolSpec;
use crate::turn::context::Turn;
use crate::turn::findings::Findings;
use crate::turn::freeze;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    handle: String,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: "propose_booking",
        description: "Asks the customer whether to book this time. Only once they chose it. Ends your turn.",
        parameters: schema(
            json!({ "handle": { "type": "string", "description": "From find_slots or the card, unchanged" } }),
            &["handle"],
        ),
    }
}

pub(super) async fn run(
    turn: &Turn<'_>,
    findings: &mut Findings,
    arguments: &Map<String, Value>,
) -> Result<Step, Step> {
    let wanted: Wanted = read(arguments)?;
    let slot = offered(findings, &wanted.handle)?;
    propose(turn, &slot, &For::Booking).await
}

/// The time with that handle, if it was offered to this customer: the signature is checked by the calendar, that it was
/// offered here is checked here.
pub(super) fn offered(findings: &mut Findings, handle: &str) -> Result<Slot, Step> {
    if let Some(slot) = findings.slot(handle) {
        return Ok(slot.clone());
    }
    findings.stats.invalid_handles += 1;
    Err(Step::Refused(
        "that handle was not offered to this customer; call find_slots and use one of its handles unchanged"
            .to_owned(),
    ))
}

/// Freezes the time and ends the turn with the question.
pub(super) async fn propose(turn: &Turn<'_>, slot: &Slot, purpose: &For) -> Result<Step, Step> {
    match freeze::hold(turn, slot, purpose).await? {
        Some(held) => {
            Ok(Step::End(Box::new(freeze::propose(turn, "model_proposal", Vec::new(), held, purpose))))
        }
        None => Ok(Step::Result(json!({ "error": "that time has just been taken; call find_slots again" }))),
    }
}
