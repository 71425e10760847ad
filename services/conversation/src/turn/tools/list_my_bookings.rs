use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Step, read, schema};
use crate::model::ToolSpec;
use crate::turn::card::local;
use crate::turn::context::Turn;
use crate::turn::findings::Findings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: "list_my_bookings",
        description: "This customer's upcoming appointments, with references B1, B2 …",
        parameters: schema(json!({}), &[]),
    }
}

/// Whose, is not for the model to say: they are the ones of this conversation's customer.
pub(super) fn run(
    turn: &Turn<'_>,
    findings: &Findings,
    arguments: &Map<String, Value>,
) -> Result<Step, Step> {
    let Nothing {} = read(arguments)?;
    let bookings: Vec<_> = findings
        .bookings
        .iter()
        .enumerate()
        .map(|(at, booking)| {
            let visit = &booking.visit;
            json!({ "ref": format!("B{}", at + 1), "service": visit.service, "staff": visit.staff, "starts_at": local(turn, visit.starts_at) })
        })
        .collect();
    Ok(Step::Result(json!({ "bookings": bookings })))
}
