//! A trouble as alerting keeps it: which one it is, and what its owner says about it.

use std::{collections::BTreeMap, time::Duration};

use contract::work::v1;
use jiff::Timestamp;

use super::{
    incident::{Severity, Sight},
    responsible,
};

/// Which trouble: its owner, its kind, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The service that tells it.
    pub service: String,
    /// A stable name in capitals.
    pub kind: String,
    /// What it is about.
    pub subject: String,
}

/// What its owner says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The subject for people; may be empty.
    pub name: String,
    /// The tenant, printed; may be empty.
    pub tenant_id: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub cause: String,
    /// Who should act.
    pub responsible: String,
    /// What to do.
    pub next_step: String,
    /// A call of the run-book.
    pub look: String,
    /// How many it concerns.
    pub count: i64,
    /// More.
    pub details: BTreeMap<String, String>,
}

/// A trouble at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Which.
    pub key: Key,
    /// What is said about it.
    pub said: Said,
    /// Since when, if that is known.
    pub since: Option<Timestamp>,
    /// Nobody is told before it has lasted so long.
    pub patience: Duration,
}

impl Trouble {
    /// From an owner's answer.
    #[must_use]
    pub fn told_by(service: &str, told: v1::Trouble) -> Self {
        let severity = match told.severity() {
            v1::Severity::Warning => Severity::Warning,
            v1::Severity::Unspecified | v1::Severity::Critical => Severity::Critical,
        };
        let responsible = responsible(told.owner()).to_owned();
        Self {
            since: told.since.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok()),
            patience: told.patience.and_then(|patience| patience.try_into().ok()).unwrap_or_default(),
            key: Key { service: service.to_owned(), kind: told.kind, subject: told.subject },
            said: Said {
                name: told.name,
                tenant_id: told.tenant_id,
                severity,
                cause: told.cause_text,
                responsible,
                next_step: told.next_step,
                look: told.look,
                count: told.count,
                details: told.details.into_iter().collect(),
            },
        }
    }

    /// What the course of its incident depends on.
    #[must_use]
    pub fn sight(&self) -> Sight {
        Sight {
            severity: self.said.severity,
            count: self.said.count,
            since: self.since,
            patience: self.patience,
        }
    }
}
