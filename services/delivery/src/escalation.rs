//! From where on something is a trouble.

use serde::Deserialize;
use settings::Period;

use crate::domain::{message::Class, troubles::Limits};

/// `[escalation]`; see `defaults.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// A message that has failed for longer than this …
    pub failure_threshold: Period,
    /// … and was tried so often is stuck.
    pub min_retries: u16,
    /// Whose messages are reported as soon as they are given up.
    pub critical_classes: Vec<Class>,
    /// More messages than this …
    pub depth: u32,
    /// … for so long are too many.
    pub depth_for: Period,
    /// A channel without a process for so long.
    pub unowned_for: Period,
    /// An outage of the provider may last so long.
    pub outage_for: Period,
    /// The oldest message may wait for so long.
    pub oldest: Period,
    /// So many messages without a receipt.
    pub silent: u32,
    /// So many unknown outcomes.
    pub unknown: u32,
}

impl From<Escalation> for Limits {
    fn from(given: Escalation) -> Self {
        Self {
            failure_threshold: given.failure_threshold.into(),
            min_retries: given.min_retries.into(),
            critical_classes: given.critical_classes.iter().map(|class| class.as_str().to_owned()).collect(),
            depth: given.depth.into(),
            depth_for: given.depth_for.into(),
            unowned_for: given.unowned_for.into(),
            outage_for: given.outage_for.into(),
            oldest: given.oldest.into(),
            silent: given.silent.into(),
            unknown: given.unknown.into(),
        }
    }
}
