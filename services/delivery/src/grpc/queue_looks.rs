//! Looking at the queue: what both doors, gRPC and HTTP, answer with.

use std::time::Duration;

use contract::delivery::v1::{
    GetQueueHealthResponse, GetQueueStatsResponse, ListQueueActionsResponse, ListRecentFailuresResponse,
    QueueConsumer, RecentFailure,
};
use ids::ChannelId;
use jiff::SignedDuration;
use rpc::{Failure, parse, parse::proto_time};

use super::{Queues, convert::said, queue_changes};
use crate::{
    domain::health::{self, ChannelHealth},
    store::{
        channels::{self, ChannelOverview},
        queue::{self, More},
        queue_actions,
    },
};

impl Queues {
    /// How the queue is.
    pub(crate) async fn health(&self, channel: &str) -> Result<GetQueueHealthResponse, Failure> {
        let only = self.optional_channel(channel).await?;
        let channels = channels::overview(&self.pool, only, None).await.map_err(Failure::internal)?;
        let more = queue::more(&self.pool, &channels).await.map_err(Failure::internal)?;
        let last =
            queue::last_delivered(&self.pool, only, self.clock.now()).await.map_err(Failure::internal)?;
        let none = More::default();
        let of = |channel: &ChannelOverview| more.get(&channel.id).unwrap_or(&none);
        let states: Vec<_> = channels.iter().map(|channel| self.judged(channel, of(channel))).collect();
        let issues = health::issues(&states, self.bus.is_connected());
        Ok(GetQueueHealthResponse {
            status: health::status(&issues).name().to_owned(),
            queue_depth: channels.iter().map(|channel| channel.depth).sum(),
            later: channels.iter().map(|channel| channel.later).sum(),
            consumers_count: channels.iter().map(|channel| i32::from(channel.owner.is_some())).sum(),
            pending: channels.iter().map(|channel| of(channel).pending).sum(),
            dlq_depth: channels.iter().map(|channel| of(channel).dead).sum(),
            instance: self.me.to_string(),
            last_delivered_id: last.map(|id| id.to_string()).unwrap_or_default(),
            consumers: channels.iter().map(|channel| consumer(channel, of(channel))).collect(),
            issues: issues.iter().map(|issue| issue.problem.clone()).collect(),
            recommendations: issues.into_iter().map(|issue| issue.remedy).collect(),
        })
    }

    fn judged(&self, channel: &ChannelOverview, more: &More) -> ChannelHealth {
        let now = self.clock.now();
        ChannelHealth {
            slug: channel.slug.clone(),
            closed: channel.door.standing().map(|closure| {
                let advice = closure.why.advice();
                (advice.words.to_owned(), advice.next_step.to_owned())
            }),
            deaf: channel.deaf.as_ref().map(|deaf| (deaf.words.clone(), deaf.next_step.clone())),
            owned: channel.owner.is_some(),
            depth: channel.depth,
            oldest: channel.oldest_at.and_then(|at| Duration::try_from(now.duration_since(at)).ok()),
            unknown: channel.unknown,
            dead: more.dead,
        }
    }

    /// How many are where.
    pub(crate) async fn stats(&self, channel: &str, hours: i32) -> Result<GetQueueStatsResponse, Failure> {
        let only = self.optional_channel(channel).await?;
        let hours = parse::page_size("hours", hours, 24, 720)?;
        let since = self.clock.now() - SignedDuration::from_hours(hours.into());
        let stats = queue::stats(&self.pool, only, since).await.map_err(Failure::internal)?;
        let of = |state: &str| stats.by_state.get(state).copied().unwrap_or_default();
        Ok(GetQueueStatsResponse {
            waiting: stats.waiting,
            active: stats.active,
            completed: of("sent") + of("delivered") + of("read"),
            failed: of("dead") + of("failed"),
            delayed: stats.delayed,
            by_state: stats.by_state.into_iter().collect(),
        })
    }

    /// What failed. `shown`: with numbers and texts.
    pub(crate) async fn failures(
        &self,
        channel: &str,
        limit: i32,
        shown: bool,
    ) -> Result<ListRecentFailuresResponse, Failure> {
        let only = self.optional_channel(channel).await?;
        let most = parse::page_size("limit", limit, 10, 500)?;
        let failed = queue::failures(&self.pool, only, most.into()).await.map_err(Failure::internal)?;
        let failures = failed
            .into_iter()
            .map(|one| RecentFailure {
                id: one.id.to_string(),
                to_number: if shown { one.to } else { String::new() },
                message_text: if shown { one.text } else { String::new() },
                retry_count: one.attempts,
                failed_at: Some(proto_time(one.failed_at)),
                cause: said(one.reason.as_ref(), "cause_text"),
                next_step: said(one.reason.as_ref(), "next_step"),
            })
            .collect();
        Ok(ListRecentFailuresResponse { failures })
    }

    /// Who did what.
    pub(crate) async fn actions(&self, size: i32, token: &str) -> Result<ListQueueActionsResponse, Failure> {
        let most = parse::page_size("page_size", size, 50, 500)?;
        let before = parse::optional_id("page_token", token)?;
        let rows = queue_actions::list(&self.pool, before, most.into()).await.map_err(Failure::internal)?;
        let next_page_token = rows
            .last()
            .filter(|_| rows.len() == most as usize)
            .map(|row| row.id.to_string())
            .unwrap_or_default();
        let actions = rows.into_iter().map(queue_changes::rendered).collect();
        Ok(ListQueueActionsResponse { actions, next_page_token })
    }

    async fn optional_channel(&self, name: &str) -> Result<Option<ChannelId>, Failure> {
        if name.is_empty() { Ok(None) } else { self.channel(name).await.map(Some) }
    }
}

fn consumer(channel: &ChannelOverview, more: &More) -> QueueConsumer {
    QueueConsumer {
        name: channel.slug.clone(),
        channel_id: channel.id.to_string(),
        worker: channel.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        depth: channel.depth,
        later: channel.later,
        pending: more.pending,
        idle_ms: more.idle_ms,
        door: channel.door.shown().to_owned(),
    }
}
