//! The operator's door.

mod checklist;
mod convert;
mod convert_incident;
mod dead_letters;
mod incidents;
mod many;
mod retry_policies;
mod timeline;

pub use dead_letters::DeadLetters;
pub use incidents::Incidents;
pub use retry_policies::RetryPolicies;
pub use timeline::Timelines;

use rpc::{Caller, Failure, parse};

use crate::domain::action::Asker;

/// Who asks, as it is written down.
fn asker(caller: Caller, asked_by: &str) -> Result<Asker, Failure> {
    let asked_by =
        if asked_by.trim().is_empty() { String::new() } else { parse::text("asked_by", asked_by, 100)? };
    Ok(Asker { role: caller.role.to_string(), asked_by, correlation_id: caller.correlation_id })
}
