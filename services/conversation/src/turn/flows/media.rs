use super::super::context::Turn;
use super::handoff::hand_over;
use super::list;
use crate::domain::{Draft, HandoffReason, Unreadable};
use crate::texts::Message;

/// Something that cannot be read: what it was, and what can be done instead.
pub(in crate::turn) fn hint(turn: &Turn<'_>, what: Unreadable) -> Draft {
    match what {
        Unreadable::Media if turn.snapshot.tenant.media_to_staff => {
            let mut draft = turn.reply("media_to_staff", &[Message::MediaPassedOn {}, Message::Handoff {}]);
            hand_over(turn, &mut draft, HandoffReason::Media, None);
            draft
        }
        Unreadable::Sound => list::beside_the_question(turn, "sound", Message::Sound {}),
        Unreadable::Media => list::beside_the_question(turn, "media", Message::Media {}),
        Unreadable::Edit => list::beside_the_question(turn, "edited", Message::Edited {}),
        Unreadable::Other => list::beside_the_question(turn, "unsupported", Message::Other {}),
    }
}
