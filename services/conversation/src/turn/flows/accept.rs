use super::super::context::Turn;
use super::menu;
use crate::domain::{Asked, ChangeKind, Draft, Effect, ProposalChange};
use crate::texts::Message;

/// The customer said yes to the open proposal: the one place where an effect is made.
///
/// The text states what was frozen, and is sent only in the transaction that commits exactly that.
pub(in crate::turn) fn accept(turn: &Turn<'_>) -> Draft {
    let snapshot = turn.snapshot;
    let Some(proposal) = snapshot.open_proposal.as_ref().filter(|proposal| proposal.is_fresh(snapshot.now))
    else {
        return menu::outdated(turn);
    };
    let visit = proposal.change.visit();
    let (kind, line) = (proposal.change.kind(), turn.visit(visit));
    let (rule, part, message) = match kind {
        ChangeKind::Book => ("booked", "booking_confirmed", Message::Booked { visit: line }),
        ChangeKind::Move => ("moved", "moved", Message::Moved { visit: line }),
        ChangeKind::Cancel => ("cancelled", "cancelled", Message::Cancelled { visit: line }),
    };
    let mut draft = turn.draft(rule);
    draft.says.push(turn.confirm(part, message, visit));
    draft.effect = Some(Effect::of(proposal, snapshot, turn.language));
    draft.proposal = Some(ProposalChange::Confirmed);
    draft.asked = Some(Asked::Done { proposal: proposal.id, kind, visit: visit.clone(), at: snapshot.now });
    draft
}
