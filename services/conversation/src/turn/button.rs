use ids::ProposalId;

/// A press on a button that belongs to a proposal.
///
/// The payload names its proposal and is not signed: it counts only if that proposal is the open one of this very
/// conversation, so a forged one can do no more than the word yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Press {
    Yes(ProposalId),
    No(ProposalId),
}

impl Press {
    /// Reads `yes:prp_…` and `no:prp_…`. Any other button is as good as the words on it.
    pub(super) fn read(payload: &str) -> Option<Self> {
        let (answer, proposal) = payload.split_once(':')?;
        let proposal = proposal.parse().ok()?;
        match answer {
            "yes" => Some(Self::Yes(proposal)),
            "no" => Some(Self::No(proposal)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_payloads_of_ours_count() {
        let id = ProposalId::generate();
        assert_eq!(Press::read(&format!("yes:{id}")), Some(Press::Yes(id)));
        assert_eq!(Press::read(&format!("no:{id}")), Some(Press::No(id)));
        for other in ["yes", "yes:", "maybe:prp_0198", "yes:1", ""] {
            assert_eq!(Press::read(other), None, "{other:?}");
        }
        assert_eq!(Press::read(&format!("YES:{id}")), None);
    }
}
