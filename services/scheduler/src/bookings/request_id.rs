use ids::{BookingId, ProposalId, TenantId};
use uuid::Uuid;

/// What a caller names its request by, so that repeating it is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The most characters one may have.
    pub const LONGEST: usize = 128;

    /// Takes a text that was checked at the door.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The same name for another booking is another request.
    #[must_use]
    pub fn of(&self, booking: BookingId) -> Self {
        Self(format!("{booking} {}", self.0))
    }

    /// The proposal under which the request is committed: always the same for the same request of the same tenant. The
    /// kind takes part, since a caller may number its requests per method.
    pub fn proposal(&self, tenant: TenantId, kind: &str) -> ProposalId {
        let name = format!("operator:{kind}:{}", self.0);
        ProposalId::from_uuid(Uuid::new_v5(&tenant.uuid(), name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_is_the_same_proposal_and_no_other() {
        let (ours, theirs) = (TenantId::named(Uuid::nil(), "ours"), TenantId::named(Uuid::nil(), "theirs"));
        let id = RequestId::new("r1");
        assert_eq!(id.proposal(ours, "book"), RequestId::new("r1").proposal(ours, "book"));
        assert_ne!(id.proposal(ours, "book"), id.proposal(theirs, "book"));
        assert_ne!(id.proposal(ours, "book"), id.proposal(ours, "cancel"));
        assert_ne!(id.proposal(ours, "book"), RequestId::new("r2").proposal(ours, "book"));
    }
}
