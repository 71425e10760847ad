use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::propose_booking::{offered, propose};
use super::{Step, read, schema};
use crate::domain::{Booking, For};
use crate::model::ToolSpec;
use crate::turn::context::Turn;
use crate::turn::findings::Findings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    r#ref: String,
    handle: String,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: "propose_reschedule",
        description: "Asks the customer whether to move this appointment to this time. Ends your turn.",
        parameters: schema(
            json!({ "ref": { "type": "string", "description": "B1, B2 …" }, "handle": { "type": "string", "description": "From find_slots or the card, unchanged" } }),
            &["ref", "handle"],
        ),
    }
}

pub(super) async fn run(
    turn: &Turn<'_>,
    findings: &mut Findings,
    arguments: &Map<String, Value>,
) -> Result<Step, Step> {
    let wanted: Wanted = read(arguments)?;
    let booking = referenced(findings, &wanted.r#ref)?;
    let slot = offered(findings, &wanted.handle)?;
    propose(turn, &slot, &For::Moving { booking }).await
}

/// The customer's appointment of that reference.
pub(super) fn referenced(findings: &mut Findings, reference: &str) -> Result<Booking, Step> {
    if let Some(booking) = findings.booking(reference) {
        return Ok(booking.clone());
    }
    findings.stats.invalid_handles += 1;
    Err(Step::Refused("this customer has no appointment of that reference; call list_my_bookings".to_owned()))
}
