//! What all providers do with a send: refuse it or take it, note which, and tell the caller the truth or not.

use std::borrow::Cow;
use std::time::Duration;

use super::counts::Counts;
use super::entry::Entry;
use super::fault::FaultKind;
use super::options::SendSeen;
use super::world::World;
use crate::http::{Reply, Wire};

/// Why a send is refused, for the journal, and what the caller is answered.
pub(super) type Refusal = (Cow<'static, str>, Reply);

/// Notes that a send was not accepted.
pub(super) fn refuse(world: &World, instance: &str, number: &str, (reason, reply): Refusal) -> Reply {
    Counts::add(&world.ledger.counts.refused);
    let (instance, number) = (instance.to_owned(), number.to_owned());
    world.ledger.journal.note(Entry::Refused { instance, number, status: reply.status_seen(), reason });
    reply
}

/// The faults under which a send is neither accepted nor answered.
pub(super) fn unanswered(fault: &FaultKind) -> Option<Refusal> {
    let wire = match fault {
        FaultKind::TimeoutBefore { hold_ms } => Wire::Silence(Duration::from_millis(*hold_ms)),
        FaultKind::ResetBefore {} => Wire::Reset,
        _ => return None,
    };
    Some((fault.word().into(), Reply::empty(500).over(wire)))
}

/// The pause before a send is accepted late.
pub(super) async fn wait_to_accept(fault: Option<&FaultKind>) {
    if let Some(FaultKind::TimeoutDuring { accept_after_ms }) = fault {
        tokio::time::sleep(Duration::from_millis(*accept_after_ms)).await;
    }
}

/// How the answer to an accepted send reaches its caller; `broken` makes the provider's server error.
pub(super) fn answered(
    created: Reply,
    fault: Option<&FaultKind>,
    broken: impl FnOnce(u16) -> Reply,
) -> Reply {
    match fault {
        Some(FaultKind::TimeoutAfter { hold_ms }) => {
            created.over(Wire::Silence(Duration::from_millis(*hold_ms)))
        }
        Some(FaultKind::ResetAfter {}) => created.over(Wire::Reset),
        Some(FaultKind::HalfAnswer {}) => created.over(Wire::Half),
        Some(FaultKind::SlowDrip { pause_ms }) => created.over(Wire::Drip(Duration::from_millis(*pause_ms))),
        Some(FaultKind::ErrorAfter { status }) => broken(*status),
        _ => created,
    }
}

/// A send that was accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accepted<'a> {
    pub instance: &'a str,
    pub number: &'a str,
    pub id: &'a str,
    pub text: &'a str,
    pub client_ref: Option<&'a str>,
    pub template: Option<&'a str>,
    pub received_us: i64,
}

impl Accepted<'_> {
    /// Notes it, with what the caller is told.
    pub fn note(self, world: &World, reply: &Reply, fault: Option<&FaultKind>) {
        Counts::add(&world.ledger.counts.sends);
        if let Some(hook) = &world.options.on_send {
            (hook.0)(&SendSeen {
                instance: self.instance,
                number: self.number,
                id: self.id,
                text: self.text,
                received_us: self.received_us,
            });
        }
        if world.ledger.journal.keeps() {
            world.ledger.journal.note(Entry::Send {
                instance: self.instance.to_owned(),
                number: self.number.to_owned(),
                id: self.id.to_owned(),
                text: self.text.to_owned(),
                client_ref: self.client_ref.map(str::to_owned),
                template: self.template.map(str::to_owned),
                received_us: self.received_us,
                status: reply.status_seen(),
                fault: fault.map(|fault| fault.word().into()),
            });
        }
    }
}
