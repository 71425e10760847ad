use std::{collections::BTreeMap, time::Duration};

use contract::work::v1::{self, Owner, Severity};
use ids::TenantId;
use jiff::Timestamp;

use crate::parse::proto_time;

/// Something that is wrong now, as its owner sees it (`frontdesk.work.v1.Trouble`). Holds nothing of customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// A stable name in capitals.
    pub kind: &'static str,
    /// What it is about; one trouble of a kind per subject.
    pub subject: String,
    /// The subject for people; may be empty.
    pub name: String,
    /// Whom it concerns, if it is one tenant.
    pub tenant: Option<TenantId>,
    /// Since when, if that is known.
    pub since: Option<Timestamp>,
    /// Nobody is told before it has lasted so long.
    pub patience: Duration,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub cause: String,
    /// Who has to act.
    pub owner: Owner,
    /// What they should do.
    pub next_step: String,
    /// How many it concerns.
    pub count: i64,
    /// More, for grouping.
    pub details: BTreeMap<&'static str, String>,
    /// A call of the run-book that shows more.
    pub look: String,
}

impl Trouble {
    /// The least that is said of one; everything else is put into its fields.
    #[must_use]
    pub fn new(
        kind: &'static str,
        subject: impl Into<String>,
        severity: Severity,
        cause: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            subject: subject.into(),
            name: String::new(),
            tenant: None,
            since: None,
            patience: Duration::ZERO,
            severity,
            cause: cause.into(),
            owner: Owner::Operator,
            next_step: String::new(),
            count: 0,
            details: BTreeMap::new(),
            look: String::new(),
        }
    }
}

impl From<Trouble> for v1::Trouble {
    fn from(trouble: Trouble) -> Self {
        Self {
            kind: trouble.kind.to_owned(),
            subject: trouble.subject,
            name: trouble.name,
            tenant_id: trouble.tenant.map(|id| id.to_string()).unwrap_or_default(),
            since: trouble.since.map(proto_time),
            // Longer than protobuf can say is never.
            patience: prost_types::Duration::try_from(trouble.patience).ok(),
            severity: trouble.severity.into(),
            cause_text: trouble.cause,
            owner: trouble.owner.into(),
            next_step: trouble.next_step,
            count: trouble.count,
            details: trouble.details.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            look: trouble.look,
        }
    }
}
