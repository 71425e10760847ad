use std::time::Duration;

use crate::domain::{Asked, Author, Proposal, Snapshot};

/// So long a "no, wait" still means what was just done.
const JUST_NOW: Duration = Duration::from_secs(10 * 60);

/// What the customer was last asked: the only context in which a bare "yes" or "2" means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question<'a> {
    /// Nothing.
    None,
    /// Something in free words, by a model.
    InWords,
    /// A yes or no to this proposal, which is still open.
    Proposal(&'a Proposal),
    /// A line of a list, or of the menu.
    List(&'a Asked),
    /// Nothing: this was done a moment ago.
    Done(&'a Asked),
    /// Whether the appointment of a reminder stands.
    Reminder,
}

impl<'a> Question<'a> {
    /// What stands at the end of the conversation. Whatever was said after a question takes its place.
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        match snapshot.last_said.as_ref().map(|line| line.author) {
            Some(Author::Reminder) => return Self::Reminder,
            Some(Author::Staff) => return Self::None,
            Some(Author::Assistant | Author::Customer) | None => {}
        }
        match &snapshot.conversation.last_asked {
            Some(Asked::Proposal { id }) => match &snapshot.open_proposal {
                Some(proposal) if proposal.id == *id => Self::Proposal(proposal),
                _ => Self::None,
            },
            Some(done @ Asked::Done { at, .. }) => {
                let ago = Duration::try_from(snapshot.now.duration_since(*at)).unwrap_or_default();
                if ago <= JUST_NOW { Self::Done(done) } else { Self::None }
            }
            Some(list) => Self::List(list),
            None if snapshot.last_said.as_ref().is_some_and(|line| line.text.contains('?')) => Self::InWords,
            None => Self::None,
        }
    }
}
