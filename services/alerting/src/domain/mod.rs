//! Values, no I/O.

pub mod action;
pub mod advisory;
pub mod bundle;
pub mod dead_letter;
pub mod incident;
pub mod record;
pub mod retry_policy;
pub mod timeline;
pub mod trouble;

use contract::work::v1::Owner;

/// Who should act, in words.
#[must_use]
pub fn responsible(owner: Owner) -> &'static str {
    match owner {
        Owner::Unspecified | Owner::Operator => "whoever runs Frontdesk",
        Owner::Tenant => "the business",
        Owner::Provider => "the messaging provider",
        Owner::Developer => "the people who write Frontdesk",
    }
}
