use super::super::context::Turn;
use crate::domain::{Draft, Evidence, HandoffReason, Owner, OwnerChange};
use crate::texts::Message;

/// A person is asked for. That one is here already is never said.
pub(in crate::turn) fn hand_over(
    turn: &Turn<'_>,
    draft: &mut Draft,
    reason: HandoffReason,
    summary: Option<String>,
) {
    draft.owner = Some(change(turn, Owner::WaitingHuman, reason, summary));
}

fn change(turn: &Turn<'_>, to: Owner, reason: HandoffReason, summary: Option<String>) -> OwnerChange {
    let items = turn.snapshot.items.iter().map(|item| item.id).collect();
    OwnerChange { to, reason, evidence: Evidence { items, summary } }
}

/// The customer wants a person: at once and without an argument.
pub(in crate::turn) fn requested(turn: &Turn<'_>) -> Draft {
    if turn.snapshot.conversation.owner == Owner::WaitingHuman {
        return turn.reply("person_again", &[Message::HandoffAgain {}]);
    }
    let mut draft = turn.reply("person", &[Message::Handoff {}]);
    hand_over(turn, &mut draft, HandoffReason::Requested, None);
    draft
}

/// A model found that a person is needed.
pub(in crate::turn) fn by_model(turn: &Turn<'_>, reason: HandoffReason, summary: String) -> Draft {
    let mut draft = turn.reply("model_handoff", &[Message::Handoff {}]);
    hand_over(turn, &mut draft, reason, Some(summary));
    draft
}

/// We are not getting anywhere.
pub(in crate::turn) fn stuck(turn: &Turn<'_>, rule: &'static str, reason: HandoffReason) -> Draft {
    let mut draft = turn.reply(rule, &[Message::Stuck {}, Message::Handoff {}]);
    hand_over(turn, &mut draft, reason, None);
    draft
}

/// Staff wrote from the phone: from here on it is theirs.
pub(in crate::turn) fn taken_over(turn: &Turn<'_>) -> Draft {
    let mut draft = turn.draft("taken_over");
    draft.language = None;
    if turn.snapshot.conversation.owner != Owner::Human {
        draft.owner = Some(change(turn, Owner::Human, HandoffReason::TookOver, None));
    }
    draft
}

/// Too late for a machine to answer as if nothing had happened.
pub(in crate::turn) fn late(turn: &Turn<'_>) -> Draft {
    let mut draft = turn.draft("late");
    draft.language = None;
    hand_over(turn, &mut draft, HandoffReason::Late, None);
    draft
}

/// The customer would rather go on with us than wait.
pub(in crate::turn) fn returned(turn: &Turn<'_>, draft: &mut Draft) {
    if turn.snapshot.conversation.owner == Owner::WaitingHuman {
        draft.owner = Some(change(turn, Owner::Bot, HandoffReason::Returned, None));
    }
}
