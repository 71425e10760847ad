use ids::{BookingId, ProposalId, TenantId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What a caller names its request by, so that repeating it is harmless. The name belongs to that request alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId {
    name: String,
    asked: Option<String>,
}

impl RequestId {
    /// The most characters one may have.
    pub const LONGEST: usize = 128;

    /// Takes a text that was checked at the door.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), asked: None }
    }

    /// The same name for another booking is another request.
    #[must_use]
    pub fn of(self, booking: BookingId) -> Self {
        Self { name: format!("{booking} {}", self.name), ..self }
    }

    /// The request, as it came: under the same name it must be the same again.
    #[must_use]
    pub fn asking(self, request: &[u8]) -> Self {
        let hex = |hex: String, byte: &u8| format!("{hex}{byte:02x}");
        Self { asked: Some(Sha256::digest(request).iter().fold(String::new(), hex)), ..self }
    }

    /// A fingerprint of the request, in hex; none where its name was not the caller's choice.
    pub fn asked(&self) -> Option<&str> {
        self.asked.as_deref()
    }

    /// The proposal under which the request is committed: always the same for the same request of the same tenant. The
    /// kind takes part, since a caller may number its requests per method.
    pub fn proposal(&self, tenant: TenantId, kind: &str) -> ProposalId {
        let name = format!("operator:{kind}:{}", self.name);
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
        // What is asked takes no part, or a name could be used twice.
        assert_eq!(id.clone().asking(b"one").proposal(ours, "book"), id.proposal(ours, "book"));
        assert_ne!(id.clone().asking(b"one").asked(), id.asking(b"two").asked());
    }
}
