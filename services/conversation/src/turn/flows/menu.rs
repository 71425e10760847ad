use super::super::context::Turn;
use super::super::question::Question;
use super::handoff::{returned, stuck};
use super::{list, proposal};
use crate::domain::{Asked, Degraded, Draft, HandoffReason, MenuCause, Proposal};
use crate::texts::Message;

const ASKED: Option<Asked> = Some(Asked::Menu { after_failure: false });

/// The menu, on request. Who was waiting for a person goes on with us.
pub(in crate::turn) fn menu(turn: &Turn<'_>) -> Draft {
    let mut draft = turn.reply("menu", &[turn.menu()]);
    draft.asked = ASKED;
    returned(turn, &mut draft);
    draft
}

/// A greeting is answered with the menu; beside an open proposal, with the proposal.
pub(in crate::turn) fn greeting(turn: &Turn<'_>) -> Draft {
    let name = turn.snapshot.conversation.customer_name.as_deref().and_then(first_name);
    let hello = Message::Greeting { name };
    let mut draft = turn.reply("greeting", &[hello, turn.menu()]);
    draft.asked = ASKED;
    draft
}

/// Whether it talks to a machine: always answered truthfully.
pub(in crate::turn) fn robot(turn: &Turn<'_>) -> Draft {
    list::beside_the_question(turn, "robot", Message::Robot {})
}

/// "End", with nothing to end: the way out of all messages is named, and not taken unasked.
pub(in crate::turn) fn quit(turn: &Turn<'_>) -> Draft {
    turn.reply("quit", &[Message::Quit {}])
}

/// A press on a button from another day.
pub(in crate::turn) fn outdated(turn: &Turn<'_>) -> Draft {
    let mut draft = turn.reply("outdated", &[Message::Outdated {}, turn.menu()]);
    draft.asked = ASKED;
    draft
}

/// Free words, and no model to read them.
pub(in crate::turn) fn instead_of_a_model(turn: &Turn<'_>, cause: MenuCause) -> Draft {
    match cause {
        MenuCause::AiOff => {
            let lead = if turn.snapshot.conversation.first_contact {
                vec![Message::Greeting { name: None }]
            } else {
                Vec::new()
            };
            let mut draft = turn.reply("menu_mode", &[lead, vec![turn.menu()]].concat());
            draft.asked = ASKED;
            draft
        }
        MenuCause::BreakerOpen => after_failure(turn, Degraded::ModelUnavailable, open_question(turn)),
    }
}

/// The proposal that was the last thing asked, if a yes to it still counts.
fn open_question<'a>(turn: &Turn<'a>) -> Option<&'a Proposal> {
    match Question::of(turn.snapshot) {
        Question::Proposal(open) if open.is_fresh(turn.snapshot.now) => Some(open),
        _ => None,
    }
}

/// The model was asked, and there is no answer of use: an honest sentence, and the question that is `open` or the menu; the
/// second time, a person.
pub(in crate::turn) fn after_failure(turn: &Turn<'_>, why: Degraded, open: Option<&Proposal>) -> Draft {
    let failed_before =
        matches!(&turn.snapshot.conversation.last_asked, Some(Asked::Menu { after_failure: true }));
    let lead = match why {
        Degraded::Refused => Message::Refused {},
        Degraded::ClaimGuard => Message::NotSure {},
        _ => Message::ModelFailed {},
    };
    let mut draft = match open {
        _ if failed_before => stuck(turn, "failed_twice", HandoffReason::Stuck),
        Some(open) => {
            let mut draft = turn.reply("model_failed", &[lead, proposal::message(turn, &open.change)]);
            draft.asked = Some(Asked::Proposal { id: open.id });
            draft
        }
        None => {
            let mut draft = turn.reply("model_failed", &[lead, turn.menu()]);
            draft.asked = Some(Asked::Menu { after_failure: true });
            draft
        }
    };
    draft.stats.degraded = Some(why);
    draft
}

/// The book cannot be asked, so nothing about times can be said.
pub(in crate::turn) fn calendar_down(turn: &Turn<'_>) -> Draft {
    let mut draft = list::beside_the_question(turn, "calendar_down", Message::CalendarDown {});
    draft.stats.degraded = Some(Degraded::CalendarDown);
    draft
}

/// As somebody would be called. Whatever else customers put into their name is not repeated to them.
pub(in crate::turn) fn first_name(name: &str) -> Option<String> {
    let first = name.split_whitespace().next()?;
    let is_name = first.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
        && first.chars().any(char::is_alphabetic);
    (is_name && first.chars().count() <= 30).then(|| first.to_owned())
}
