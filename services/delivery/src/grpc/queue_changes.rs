//! Changing the queue: what both doors, gRPC and HTTP, do. Rows first, in one transaction with the record of who asked; then a
//! wake-up, which only saves the wait for the next look.

use bus::streams;
use contract::delivery::v1::{LookNowResponse, QueueAction};
use ids::{ChannelId, InstanceId};
use rpc::{Caller, Failure, parse, parse::proto_time};
use tracing::{info, warn};
use uuid::Uuid;

use super::Queues;
use crate::store::{
    queue,
    queue_actions::{self as rows, ActionRow, Asker},
};

/// How a change is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    expected: Option<i64>,
    dry_run: bool,
    asker: Asker,
}

impl Wanted {
    /// Reads what all changes have in common.
    pub(crate) fn read(
        caller: Caller,
        expected: Option<i64>,
        dry_run: bool,
        reason: &str,
        asked_by: &str,
    ) -> Result<Self, Failure> {
        let reason = if dry_run { reason.trim().to_owned() } else { parse::text("reason", reason, 500)? };
        let asked_by =
            if asked_by.trim().is_empty() { String::new() } else { parse::text("asked_by", asked_by, 100)? };
        let (role, correlation_id) = (caller.role.to_string(), caller.correlation_id);
        Ok(Self { expected, dry_run, asker: Asker { role, asked_by, reason, correlation_id } })
    }

    /// Who asks, and why.
    pub(crate) fn asker(self) -> Asker {
        self.asker
    }

    /// `true`: go on; `false`: it was only asked how many it would be.
    fn confirms(&self, found: i64) -> Result<bool, Failure> {
        if self.dry_run || self.expected == Some(found) {
            return Ok(!self.dry_run);
        }
        let problem = match self.expected {
            Some(expected) => format!("it would be {found} messages, not {expected}"),
            None => format!("expected_count is missing; it would be {found} messages"),
        };
        let remedy = "look at what waits, then ask again with the number you mean as expected_count";
        Err(Failure::conflict(problem, remedy).reason("COUNT_DIFFERS").with("count", found.to_string()))
    }

    fn only_said(&self, action: &str, channel: ChannelId, count: i64) -> QueueAction {
        QueueAction {
            action: action.to_owned(),
            channel_id: channel.to_string(),
            count,
            role: self.asker.role.clone(),
            asked_by: self.asker.asked_by.clone(),
            reason: self.asker.reason.clone(),
            ..QueueAction::default()
        }
    }
}

impl Queues {
    /// The channel that an id or a slug names.
    pub(crate) async fn channel(&self, name: &str) -> Result<ChannelId, Failure> {
        let name = parse::text("channel", name, 100)?;
        let found = queue::channel(&self.pool, &name).await.map_err(Failure::internal)?;
        found.ok_or_else(|| Failure::not_found("channel", name))
    }

    /// Archives the backlog.
    pub(crate) async fn skip(&self, channel: &str, wanted: &Wanted) -> Result<QueueAction, Failure> {
        const ACTION: &str = "reset_to_latest";
        let channel = self.channel(channel).await?;
        let mut changes = rows::begin(&self.pool).await.map_err(Failure::internal)?;
        let messages = rows::archive(&mut changes, channel).await.map_err(Failure::internal)?;
        let count = many(&messages);
        if !wanted.confirms(count)? {
            return Ok(wanted.only_said(ACTION, channel, count));
        }
        let row = rows::note(&mut changes, ACTION, channel, count, &messages, &wanted.asker)
            .await
            .map_err(Failure::internal)?;
        changes.commit().await.map_err(Failure::internal)?;
        Ok(self.done(row).await)
    }

    /// Brings back what a reset archived.
    pub(crate) async fn bring_back(&self, action: &str, wanted: &Wanted) -> Result<QueueAction, Failure> {
        const ACTION: &str = "restore_archived";
        let action: Uuid = parse::id("action_id", action)?;
        let mut changes = rows::begin(&self.pool).await.map_err(Failure::internal)?;
        let archived = rows::archived(&mut changes, action).await.map_err(Failure::internal)?;
        let (channel, messages, restored) =
            archived.ok_or_else(|| Failure::not_found("archive of action", action))?;
        if let Some(at) = restored {
            return Err(Failure::precondition(
                format!("it was brought back at {at}"),
                "nothing is left of it to bring back",
            ));
        }
        let back = rows::restore(&mut changes, action, &messages).await.map_err(Failure::internal)?;
        let count = many(&back);
        if !wanted.confirms(count)? {
            return Ok(wanted.only_said(ACTION, channel, count));
        }
        let row = rows::note(&mut changes, ACTION, channel, count, &[], &wanted.asker)
            .await
            .map_err(Failure::internal)?;
        changes.commit().await.map_err(Failure::internal)?;
        Ok(self.done(row).await)
    }

    /// Makes everything undone due now.
    pub(crate) async fn look_again(&self, channel: &str, wanted: &Wanted) -> Result<QueueAction, Failure> {
        const ACTION: &str = "reset_to_begin";
        let channel = self.channel(channel).await?;
        let mut changes = rows::begin(&self.pool).await.map_err(Failure::internal)?;
        let count = rows::undone(&mut changes, channel).await.map_err(Failure::internal)?;
        if !wanted.confirms(count)? {
            return Ok(wanted.only_said(ACTION, channel, count));
        }
        rows::make_due(&mut changes, channel).await.map_err(Failure::internal)?;
        let row = rows::note(&mut changes, ACTION, channel, count, &[], &wanted.asker)
            .await
            .map_err(Failure::internal)?;
        changes.commit().await.map_err(Failure::internal)?;
        Ok(self.done(row).await)
    }

    /// Drops a channel's wake-ups and consumer. The owner makes the consumer again, and finds the work by its rows.
    pub(crate) async fn recreate(&self, channel: &str, wanted: &Wanted) -> Result<QueueAction, Failure> {
        const ACTION: &str = "destroy_recreate";
        let channel = self.channel(channel).await?;
        let mut changes = rows::begin(&self.pool).await.map_err(Failure::internal)?;
        let count = rows::undone(&mut changes, channel).await.map_err(Failure::internal)?;
        if !wanted.confirms(count)? {
            return Ok(wanted.only_said(ACTION, channel, count));
        }
        let row = rows::note(&mut changes, ACTION, channel, count, &[], &wanted.asker)
            .await
            .map_err(Failure::internal)?;
        changes.commit().await.map_err(Failure::internal)?;
        let consumer = streams::outbound_consumer(channel.uuid());
        self.bus
            .drop_consumer(streams::FD_OUT, &consumer, &streams::outbound_subject(channel.uuid()))
            .await
            .map_err(|error| {
                warn!(%channel, %error, "the channel's consumer was not dropped");
                Failure::unavailable(
                    "JetStream did not do it",
                    "nothing is lost: messages are sent by a look once a second; ask again when NATS answers",
                )
            })?;
        Ok(self.done(row).await)
    }

    /// Gives a channel to a process.
    pub(crate) async fn give_to(
        &self,
        channel: &str,
        worker: &str,
        wanted: &Wanted,
    ) -> Result<QueueAction, Failure> {
        const ACTION: &str = "claim_pending";
        let channel = self.channel(channel).await?;
        let worker: InstanceId = parse::id("worker", worker)?;
        let workers = queue::workers(&self.pool).await.map_err(Failure::internal)?;
        if !workers.contains(&worker) {
            let live: Vec<_> = workers.iter().map(ToString::to_string).collect();
            return Err(Failure::precondition(
                "no such process is alive",
                format!("give one of {}", live.join(", ")),
            ));
        }
        let mut changes = rows::begin(&self.pool).await.map_err(Failure::internal)?;
        let count = rows::undone(&mut changes, channel).await.map_err(Failure::internal)?;
        if !wanted.confirms(count)? {
            return Ok(wanted.only_said(ACTION, channel, count));
        }
        rows::wish(&mut changes, channel, worker).await.map_err(Failure::internal)?;
        let row = rows::note(&mut changes, ACTION, channel, count, &[], &wanted.asker)
            .await
            .map_err(Failure::internal)?;
        changes.commit().await.map_err(Failure::internal)?;
        Ok(self.done(row).await)
    }

    /// Wakes every channel with something to do.
    pub(crate) async fn wake_all(&self) -> Result<LookNowResponse, Failure> {
        let busy = queue::busy(&self.pool).await.map_err(Failure::internal)?;
        for (channel, _) in &busy {
            self.bus.wake(streams::outbound_subject(*channel), Uuid::nil()).await;
        }
        Ok(LookNowResponse {
            channels: i32::try_from(busy.len()).unwrap_or(i32::MAX),
            waiting: busy.iter().map(|(_, waiting)| waiting).sum(),
        })
    }

    async fn done(&self, row: ActionRow) -> QueueAction {
        info!(
            action = row.action, channel = %row.channel, count = row.count, role = row.role, id = %row.id,
            "the queue was changed by an operator"
        );
        self.bus.wake(streams::outbound_subject(row.channel.uuid()), Uuid::nil()).await;
        rendered(row)
    }
}

/// An action as it is shown.
pub(crate) fn rendered(row: ActionRow) -> QueueAction {
    QueueAction {
        id: row.id.to_string(),
        action: row.action,
        channel_id: row.channel.to_string(),
        count: row.count,
        at: Some(proto_time(row.at)),
        role: row.role,
        asked_by: row.asked_by,
        reason: row.reason,
        restored_at: row.restored_at.map(proto_time),
    }
}

fn many(messages: &[Uuid]) -> i64 {
    i64::try_from(messages.len()).unwrap_or(i64::MAX)
}
