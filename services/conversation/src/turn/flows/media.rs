use super::super::context::Turn;
use super::handoff::hand_over;
use crate::domain::{Draft, HandoffReason, Owner, Unreadable};
use crate::texts::Message;

/// Something that cannot be read: what it was, and what can be done instead. The question before it stays asked.
pub(in crate::turn) fn hint(turn: &Turn<'_>, what: Unreadable) -> Draft {
    let mut draft = match what {
        Unreadable::Media if turn.snapshot.tenant.media_to_staff => {
            let mut draft = turn.reply("media_to_staff", &[Message::MediaPassedOn {}, Message::Handoff {}]);
            if turn.snapshot.conversation.owner == Owner::Bot {
                hand_over(turn, &mut draft, HandoffReason::Media, None);
            }
            draft
        }
        Unreadable::Sound => turn.reply("sound", &[Message::Sound {}]),
        Unreadable::Media => turn.reply("media", &[Message::Media {}]),
        Unreadable::Edit => turn.reply("edited", &[Message::Edited {}]),
        Unreadable::Other => turn.reply("unsupported", &[Message::Other {}]),
    };
    draft.asked = turn.snapshot.conversation.last_asked.clone();
    draft
}
