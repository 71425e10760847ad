//! The loop of one instance: wake-ups, reports and ticks come in, and each look sends what may go.

use std::{collections::HashSet, sync::Arc, time::Duration};

use bus::{Bus, Wake};
use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use sqlx::PgPool;
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use work::{Heart, Lease};

use super::{
    Settlements,
    call::Called,
    doors, listen,
    own::Channels,
    owned::Owned,
    signs,
    wakes::{Ending, Wakes},
};
use crate::{
    domain::{
        causes::Cause,
        change::Change,
        connection::ConnectionState,
        door::Door,
        outcome::{Outcome, Trouble},
        retry_share::Came,
    },
    providers::Provider,
    store,
};

/// What is configured.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `delivery.send_enabled`: off means that everything is done but the call.
    pub sending: bool,
    /// Calls under way at most, of all channels and of one.
    pub calls: usize,
    /// Of one channel.
    pub calls_per_channel: usize,
    /// How long a call may take.
    pub call_timeout: Duration,
    /// Within this time a provider lists what it took.
    pub listed_by: Duration,
    /// So long a message of which nobody knows waits for evidence.
    pub evidence_for: Duration,
    /// The longest pause between two messages of a number that drives a phone.
    pub send_jitter: Duration,
    /// How often every channel is looked at, whatever wake-ups were lost.
    pub look_every: Duration,
    /// How often a provider's list of templates is read.
    pub templates_every: Duration,
}

/// What a dispatcher stands on.
#[derive(Debug)]
pub struct Parts {
    /// Ownership of channels.
    pub heart: Heart,
    /// Whether this process may believe in it.
    pub lease: Lease,
    /// Rows.
    pub pool: PgPool,
    /// Wake-ups.
    pub bus: Bus,
    /// The other side.
    pub provider: Arc<dyn Provider>,
    /// A connection that hears what other programs queue.
    pub notices: PgPool,
    /// The address providers reach the webhooks under.
    pub public_url: Arc<str>,
}

/// One instance's sender.
#[derive(Debug)]
pub struct Dispatcher {
    pub(super) heart: Heart,
    pub(super) lease: Lease,
    pub(super) pool: PgPool,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) settlements: Settlements,
    pub(super) options: Options,
    pub(super) channels: Channels,
    pub(super) wakes: Wakes,
    /// Messages whose call has not been written down.
    pub(super) under_way: HashSet<Uuid>,
    /// The answer to an intent's COMMIT was lost: it may stand in a row although nothing was called. Nothing is looked at
    /// before it is taken back.
    pub(super) in_doubt: bool,
    pub(super) reports: mpsc::UnboundedSender<Report>,
    /// One for each sign under way.
    pub(super) signs: Arc<Semaphore>,
    /// The database's clock against this process's, as last heard.
    pub(super) clock: (Timestamp, Instant),
}

/// What a task of this loop has to tell it.
#[derive(Debug)]
pub(super) enum Report {
    /// A call ended and is written down.
    Called(Called),
    /// Somebody asked a closed door.
    Looked { channel: ChannelId, asked_at: Timestamp, answer: Result<ConnectionState, Trouble> },
    /// An unknown outcome was settled; its line may go on. `died`: the message was given up.
    Known { channel: ChannelId, died: Option<MessageId> },
    /// A provider's list of templates cannot be read now: what is not known of them will not be known soon.
    NotListed { channel: ChannelId },
    /// Another program has queued something: for this channel, or nobody said for which.
    Enqueued { channel: Option<ChannelId> },
}

impl Dispatcher {
    /// Runs until `stop`, then finishes what is under way and hands its channels back. `now` is replaced by the database's
    /// clock as soon as that is heard.
    pub async fn run(parts: Parts, options: Options, now: Timestamp, stop: CancellationToken) {
        let (wakes_in, mut wakes) = mpsc::channel(1024);
        let (reports_in, mut reports) = mpsc::unbounded_channel();
        let Parts { heart, lease, pool, bus, provider, notices, public_url } = parts;
        let listener = tokio::spawn(listen::listen(notices, reports_in.clone(), stop.clone()));
        let mut this = Self {
            channels: Channels::new(heart.clone(), pool.clone(), bus, wakes_in, public_url),
            settlements: Settlements::start(pool.clone()),
            heart,
            lease,
            pool,
            provider,
            options,
            wakes: Wakes::default(),
            under_way: HashSet::new(),
            in_doubt: false,
            reports: reports_in,
            signs: Arc::new(Semaphore::new(signs::AT_ONCE)),
            clock: (now, Instant::now()),
        };
        let mut tick = tokio::time::interval(options.look_every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let next_look = this.next_look();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                // Before the reports: a flood of those must not starve everything else.
                _ = tick.tick() => this.tick().await,
                Some(report) = reports.recv() => this.note(report).await,
                Some(wake) = wakes.recv() => this.woken(wake).await,
                () = tokio::time::sleep_until(next_look) => {}
            }
            // Everything that is here already shares the next look: batches grow with the load, never with time.
            while let Ok(report) = reports.try_recv() {
                this.note(report).await;
            }
            while let Ok(wake) = wakes.try_recv() {
                this.woken(wake).await;
            }
            this.look().await;
        }
        listener.abort();
        while !this.under_way.is_empty()
            && let Some(report) = reports.recv().await
        {
            this.note(report).await;
        }
        this.end().await;
    }

    async fn end(mut self) {
        if self.in_doubt
            && let Err(error) = self.take_back().await
        {
            warn!(%error, "intents not taken back; the next owner declares them unknown");
        }
        self.wakes.ack_idle(|_| false).await;
        self.channels.hand_back().await;
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.0.checked_add(self.clock.1.elapsed()).unwrap_or(self.clock.0)
    }

    async fn woken(&mut self, wake: Wake) {
        let channel =
            wake.subject().rsplit('.').next().and_then(|id| id.parse().ok()).map(ChannelId::from_uuid);
        if let Some(owned) = channel.and_then(|channel| self.channels.owned.get_mut(&channel)) {
            owned.stir();
        }
        self.wakes.hold(wake).await;
    }

    async fn note(&mut self, report: Report) {
        let now = self.now();
        match report {
            Report::Called(called) => self.called(called, now).await,
            Report::Looked { channel, asked_at, answer } => {
                let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
                owned.asking = false;
                let change = owned.door.looked(answer.as_ref().copied(), asked_at, now);
                owned.stir();
                self.move_door(channel, change).await;
            }
            Report::Known { channel, died } => {
                if let Some(owned) = self.channels.owned.get_mut(&channel) {
                    owned.stir();
                }
                if let Some(message) = died {
                    self.announce_death(channel, message).await;
                }
            }
            Report::NotListed { channel } => {
                if let Some(owned) = self.channels.owned.get_mut(&channel) {
                    owned.list_is_coming = false;
                }
            }
            Report::Enqueued { channel: Some(channel) } => {
                if let Some(owned) = self.channels.owned.get_mut(&channel) {
                    owned.stir();
                }
            }
            Report::Enqueued { channel: None } => self.channels.owned.values_mut().for_each(Owned::stir),
        }
    }

    async fn called(&mut self, called: Called, now: Timestamp) {
        let Called { channel, message, is_repetition, ending, outcome, probe, slow } = called;
        self.under_way.remove(&message.uuid());
        if !self.wakes.settle(message, ending).await && ending == Ending::Term {
            self.announce_death(channel, message).await;
        }
        let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
        owned.calls = owned.calls.saturating_sub(1);
        owned.repetitions.ended(is_repetition, Came::of(outcome.as_ref()), now);
        if !(owned.drained && matches!(outcome, Some(Outcome::Accepted { .. }))) {
            owned.stir();
        }
        if let (Some(until), Some(trouble)) = (slow, outcome.as_ref().and_then(Outcome::trouble)) {
            self.slow(channel, until, trouble.cause).await;
        }
        let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
        if let Some(outcome) = outcome {
            let change = owned.door.after_call(&outcome, probe, now);
            self.move_door(channel, change).await;
        }
    }

    /// The provider wants nothing of the channel before then. Written at once: a new owner must not find out by sending.
    pub(super) async fn slow(&mut self, channel: ChannelId, until: Timestamp, why: Cause) {
        let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
        let slowed = owned.bucket.held_until(until);
        if slowed == owned.bucket {
            return;
        }
        owned.bucket = slowed;
        let (me, epoch) = (self.heart.me(), owned.epoch);
        let put =
            store::doors::slow(&self.pool, me, channel, epoch, &slowed, until, why.advice().words).await;
        if let Err(error) = put {
            warn!(%channel, %error, "the provider's limit was not written; a new owner would meet it again");
        }
    }

    /// A death is announced by a wake-up that is told so. For a message that has none.
    async fn announce_death(&mut self, channel: ChannelId, message: MessageId) {
        self.wakes.expect_dead(message);
        self.channels.wake(channel, message).await;
    }

    pub(super) async fn move_door(&mut self, channel: ChannelId, change: Change<Door>) {
        let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
        if doors::apply(channel, owned, change) {
            let (epoch, door) = (owned.epoch, owned.door.clone());
            if let Err(error) = store::doors::put(&self.pool, self.heart.me(), channel, epoch, &door).await {
                warn!(%channel, %error, "the door was not written; a new owner would find it by itself");
            }
        }
    }
}
