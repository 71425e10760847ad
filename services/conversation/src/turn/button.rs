use ids::{BookingId, ProposalId};

/// A press on a button or a line of ours.
///
/// What it names is not signed. A proposal counts only if it is the open one of this very conversation, a line only while it
/// stands on the list that was last asked, an appointment only if it is this customer's own: so a forged one can do no more than
/// the words could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Press {
    /// To a proposal.
    Yes(ProposalId),
    /// To a proposal.
    No(ProposalId),
    /// The line of a list with this mark; see [`super::taps`].
    Pick(u64),
    /// A reminder's: the appointment stands.
    Confirm(BookingId),
    /// A reminder's: the appointment is to be cancelled.
    Cancel(BookingId),
}

impl Press {
    /// Reads `yes:prp_…`, `no:prp_…`, `pick:…`, `confirm:bkg_…` and `cancel:bkg_…`. Any other button is as good as the words
    /// on it.
    pub(super) fn read(payload: &str) -> Option<Self> {
        let (answer, what) = payload.split_once(':')?;
        match answer {
            "yes" => what.parse().ok().map(Self::Yes),
            "no" => what.parse().ok().map(Self::No),
            "pick" if what.len() == 16 => u64::from_str_radix(what, 16).ok().map(Self::Pick),
            "confirm" => what.parse().ok().map(Self::Confirm),
            "cancel" => what.parse().ok().map(Self::Cancel),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_payloads_of_ours_count() {
        let (id, booking) = (ProposalId::generate(), BookingId::generate());
        assert_eq!(Press::read(&format!("yes:{id}")), Some(Press::Yes(id)));
        assert_eq!(Press::read(&format!("no:{id}")), Some(Press::No(id)));
        assert_eq!(Press::read("pick:00000000000000ff"), Some(Press::Pick(255)));
        assert_eq!(Press::read(&format!("confirm:{booking}")), Some(Press::Confirm(booking)));
        assert_eq!(Press::read(&format!("cancel:{booking}")), Some(Press::Cancel(booking)));
        for other in ["yes", "yes:", "maybe:prp_0198", "yes:1", "", "pick:ff", "confirm:8812", "cancel:"] {
            assert_eq!(Press::read(other), None, "{other:?}");
        }
        assert_eq!(Press::read(&format!("YES:{id}")), None);
        assert_eq!(Press::read(&format!("cancel:{id}")), None, "a proposal is no appointment");
    }
}
