use lexicon::Danger;

use super::super::context::Turn;
use super::handoff::hand_over;
use crate::domain::{Draft, HandoffReason, Owner, SayClass};
use crate::texts::Message;

/// A fixed text with the emergency number first, and a person. Whoever owns the conversation, whatever else was written.
pub(in crate::turn) fn warn(turn: &Turn<'_>, danger: Danger) -> Draft {
    let (rule, message) = match danger {
        Danger::Emergency => ("emergency", Message::Emergency {}),
        Danger::SelfHarm => ("self_harm", Message::SelfHarm {}),
    };
    let mut draft = turn.draft(rule);
    draft.says.push(turn.say(turn.words(&[message]), SayClass::Notice));
    // Whatever was asked before is not asked any more: a "yes" to this text must not book anything.
    if turn.snapshot.conversation.owner == Owner::Bot {
        hand_over(turn, &mut draft, HandoffReason::RedFlag, None);
    }
    draft
}
