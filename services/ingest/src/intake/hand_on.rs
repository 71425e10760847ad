//! Handing a plan on: what staff may have written is asked about first, the rest goes to all receivers at once.

use jiff::Timestamp;
use tokio::time::Instant;

use super::plan::{InboxItem, Plan, ReceiptItem};
use super::take::{Intake, Refused};
use crate::accept::{Batched, Call, Failed, InboxOutcome};
use crate::metrics;
use crate::quarantine::{Problem, Reason};

/// What became of a plan.
#[derive(Debug, Default)]
pub(super) struct HandedOn {
    pub accepted: u32,
    pub duplicates: u32,
    pub news: u32,
    /// When the newest of what was accepted by the inbox was written.
    pub newest: Option<Timestamp>,
    pub problems: Vec<Problem>,
}

impl HandedOn {
    fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.news += other.news;
        self.newest = self.newest.max(other.newest);
        self.problems.extend(other.problems);
    }

    /// Counts what went well, keeps poison as problems, and gives up if the database was the trouble: a request is
    /// answered as a whole, and what was stored is recognised when it comes again.
    fn count<T>(
        &mut self,
        outcomes: Vec<Result<T, Failed>>,
        what: &str,
        mut stored: impl FnMut(&mut Self, usize, T),
        channel_of: impl Fn(usize) -> Option<ids::ChannelId>,
    ) -> Result<(), Refused> {
        for (index, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(outcome) => stored(self, index, outcome),
                Err(Failed::Poison { detail }) => self.problems.push(Problem {
                    reason: Reason::Poison,
                    channel_id: channel_of(index),
                    detail: format!("{what} {} of the request can never be stored: {detail}", index + 1),
                }),
                Err(Failed::Unavailable) => return Err(Refused::Unavailable),
            }
        }
        Ok(())
    }
}

impl Intake {
    pub(super) async fn hand_on(&self, plan: Plan) -> Result<HandedOn, Refused> {
        let Plan { mut inbox, identities, echoes, receipts, channel_events, template_events, .. } = plan;
        let mut handed_on = HandedOn::default();
        if !echoes.is_empty() {
            let (asked, unless_ours): (Vec<_>, Vec<_>) =
                echoes.into_iter().map(|item| (item.echo, item.unless_ours)).unzip();
            let outcomes =
                self.parts().acceptor.echoes.submit(asked).await.map_err(|_| Refused::Unavailable)?;
            let mut by_staff: Vec<Option<InboxItem>> = unless_ours;
            handed_on.count(
                outcomes,
                "echo",
                |handed_on, index, ours| {
                    handed_on.accepted += 1;
                    if !ours && let Some(item) = by_staff.get_mut(index).and_then(Option::take) {
                        // Counted when the inbox has it.
                        handed_on.accepted -= 1;
                        inbox.push(item);
                    }
                },
                |_| None,
            )?;
        }
        // Before what is said under the new name.
        let moved = handed_over(&self.parts().acceptor.identities, identities).await?;
        let (mut said, receipts, channel_events, template_events) = tokio::join!(
            handed_over(&self.parts().acceptor.inbox, inbox),
            self.receipts(receipts),
            self.channel_events(channel_events),
            self.template_events(template_events)
        );
        if let Ok(said) = &mut said {
            said.news = said.accepted;
        }
        for part in [moved, said?, receipts?, channel_events?, template_events?] {
            handed_on.add(part);
        }
        if handed_on.duplicates > 0 {
            metrics::duplicates(handed_on.duplicates.into());
        }
        Ok(handed_on)
    }

    async fn receipts(&self, items: Vec<ReceiptItem>) -> Result<HandedOn, Refused> {
        let began = Instant::now();
        let (places, receipts): (Vec<_>, Vec<_>) =
            items.into_iter().map(|item| ((item.channel_id, item.status), item.json)).unzip();
        let outcomes =
            self.parts().acceptor.receipts.submit(receipts).await.map_err(|_| Refused::Unavailable)?;
        let mut handed_on = HandedOn::default();
        handed_on.count(
            outcomes,
            "receipt",
            |handed_on, index, raised| {
                handed_on.accepted += 1;
                // Others say again what is known, or speak of messages that are not ours.
                if let (Some(raised), Some((channel_id, status))) = (raised, places.get(index)) {
                    tracing::info!(
                        correlation_id = %raised.correlation_id,
                        message_id = %ids::MessageId::from_uuid(raised.message_id),
                        %channel_id,
                        status,
                        ms = milliseconds(began),
                        "receipt recorded"
                    );
                }
            },
            |_| None,
        )?;
        Ok(handed_on)
    }

    async fn template_events(&self, items: Vec<String>) -> Result<HandedOn, Refused> {
        let outcomes =
            self.parts().acceptor.template_events.submit(items).await.map_err(|_| Refused::Unavailable)?;
        let mut handed_on = HandedOn::default();
        handed_on.count(
            outcomes,
            "news of a template",
            |handed_on, _, ()| handed_on.accepted += 1,
            |_| None,
        )?;
        Ok(handed_on)
    }

    async fn channel_events(&self, items: Vec<String>) -> Result<HandedOn, Refused> {
        let outcomes =
            self.parts().acceptor.channel_events.submit(items).await.map_err(|_| Refused::Unavailable)?;
        let mut handed_on = HandedOn::default();
        handed_on.count(outcomes, "channel event", |handed_on, _, ()| handed_on.accepted += 1, |_| None)?;
        Ok(handed_on)
    }
}

/// To one of conversation's functions.
async fn handed_over<C: Call<Item = String, Outcome = InboxOutcome>>(
    call: &Batched<C>,
    items: Vec<InboxItem>,
) -> Result<HandedOn, Refused> {
    if items.is_empty() {
        return Ok(HandedOn::default());
    }
    let began = Instant::now();
    let (places, events): (Vec<_>, Vec<_>) = items
        .into_iter()
        .map(|item| ((item.channel_id, item.correlation_id, item.kind, item.written_at), item.json))
        .unzip();
    let outcomes = call.submit(events).await.map_err(|_| Refused::Unavailable)?;
    let mut handed_on = HandedOn::default();
    let channel_of = |index: usize| places.get(index).map(|(channel_id, ..)| *channel_id);
    handed_on.count(
        outcomes,
        "event",
        |handed_on, index, outcome| match outcome {
            InboxOutcome::Accepted(conversation) => {
                handed_on.accepted += 1;
                if let Some((channel_id, correlation_id, kind, written_at)) = places.get(index) {
                    handed_on.newest = handed_on.newest.max(*written_at);
                    tracing::info!(
                        %correlation_id,
                        %channel_id,
                        conversation = conversation.map(tracing::field::display),
                        kind,
                        ms = milliseconds(began),
                        "event accepted"
                    );
                }
            }
            InboxOutcome::Duplicate => handed_on.duplicates += 1,
            InboxOutcome::UnknownChannel => handed_on.problems.push(Problem {
                reason: Reason::UnknownChannel,
                channel_id: channel_of(index),
                detail: "the conversation service does not know the channel; put it again".to_owned(),
            }),
        },
        channel_of,
    )?;
    Ok(handed_on)
}

/// Whole milliseconds since then, for the log.
fn milliseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
