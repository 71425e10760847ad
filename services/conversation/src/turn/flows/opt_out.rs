use super::super::context::Turn;
use crate::domain::{Draft, SayClass};
use crate::texts::Message;

/// Confirms once what was done when the message was accepted. An open question stays open, but is not repeated.
pub(in crate::turn) fn confirm(turn: &Turn<'_>) -> Draft {
    let mut draft = turn.draft("opt_out");
    draft.says.push(turn.say(turn.words(&[Message::OptedOut {}]), SayClass::Notice));
    draft
}
