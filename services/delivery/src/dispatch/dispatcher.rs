//! The loop of one instance: what came in, which heads may go, intents, calls.

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use backoff::Profile;
use bus::{Bus, Wake};
use futures_util::FutureExt;
use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use metrics::{counter, histogram};
use sqlx::PgPool;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use work::{Heart, Lease};

use super::{
    Settlements,
    call::call,
    doors,
    heads::{self, Next},
    own::{self, Channels},
    reconcile, settling,
    wakes::{Ending, Wakes},
};
use crate::{
    domain::{
        causes::Cause,
        class::Scope,
        connection::ConnectionState,
        door::{Door, Look, Passage},
        outcome::{Outcome, Trouble},
        settle::{Attempt, Settlement, Terms, settle},
        unknown::RECONCILE_FOR,
    },
    providers::{Body, Outgoing, Provider},
    store::{
        channels,
        sending::{self, Draw, Head},
    },
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
}

/// One instance's sender.
#[derive(Debug)]
pub struct Dispatcher {
    heart: Heart,
    lease: Lease,
    pool: PgPool,
    provider: Arc<dyn Provider>,
    settlements: Settlements,
    options: Options,
    channels: Channels,
    wakes: Wakes,
    under_way: HashSet<Uuid>,
    /// Intents whose COMMIT answer was lost. Nothing was called for them.
    doubtful: HashSet<Uuid>,
    reports: mpsc::UnboundedSender<Report>,
    /// The database's clock against this process's, as last heard.
    clock: (Timestamp, Instant),
    /// When the next token, door or retry deserves a look.
    look_at: Instant,
}

/// What a task of this loop has to tell it.
#[derive(Debug)]
enum Report {
    /// A call ended and is written down.
    Called {
        channel: ChannelId,
        message: MessageId,
        ending: Ending,
        outcome: Outcome,
        probe: bool,
        slow: Option<Timestamp>,
    },
    /// Somebody asked a closed door.
    Looked { channel: ChannelId, answer: Result<ConnectionState, Trouble> },
    /// An unknown outcome was settled; its line may go on.
    Known { channel: ChannelId },
}

impl Dispatcher {
    /// Runs until `stop`, then finishes what is under way and hands its channels back.
    pub async fn run(
        heart: Heart,
        lease: Lease,
        pool: PgPool,
        bus: Bus,
        provider: Arc<dyn Provider>,
        options: Options,
        now: Timestamp,
        stop: CancellationToken,
    ) {
        let (wakes_in, mut wakes) = mpsc::channel(1024);
        let (reports_in, mut reports) = mpsc::unbounded_channel();
        let mut this = Self {
            channels: Channels::new(heart.clone(), pool.clone(), bus, wakes_in),
            settlements: Settlements::start(pool.clone()),
            heart,
            lease,
            pool,
            provider,
            options,
            wakes: Wakes::default(),
            under_way: HashSet::new(),
            doubtful: HashSet::new(),
            reports: reports_in,
            clock: (now, Instant::now()),
            look_at: Instant::now(),
        };
        let mut tick = tokio::time::interval(own::EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(report) = reports.recv() => this.note(report).await,
                Some(wake) = wakes.recv() => this.woken(wake).await,
                _ = tick.tick() => this.tick().await,
                () = tokio::time::sleep_until(this.look_at) => this.mark_due(),
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
        while !this.under_way.is_empty()
            && let Some(report) = reports.recv().await
        {
            this.note(report).await;
        }
        this.wakes.ack_idle(|_| false).await;
        this.channels.hand_back().await;
    }

    fn now(&self) -> Timestamp {
        self.clock.0.checked_add(self.clock.1.elapsed()).unwrap_or(self.clock.0)
    }

    async fn woken(&mut self, wake: Wake) {
        let channel =
            wake.subject().rsplit('.').next().and_then(|id| id.parse().ok()).map(ChannelId::from_uuid);
        if let Some(owned) = channel.and_then(|channel| self.channels.owned.get_mut(&channel)) {
            owned.dirty = true;
        }
        self.wakes.hold(wake).await;
    }

    async fn note(&mut self, report: Report) {
        let now = self.now();
        match report {
            Report::Called { channel, message, ending, outcome, probe, slow } => {
                self.under_way.remove(&message.uuid());
                self.wakes.settle(message, ending).await;
                let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
                owned.calls = owned.calls.saturating_sub(1);
                owned.dirty = true;
                if let Some(until) = slow {
                    owned.bucket = owned.bucket.held_until(until);
                }
                let change = owned.door.after_call(&outcome, probe, now);
                self.move_door(channel, change).await;
            }
            Report::Looked { channel, answer } => {
                let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
                owned.looking = false;
                let change = owned.door.looked(answer.as_ref().copied(), now);
                self.move_door(channel, change).await;
            }
            Report::Known { channel } => {
                if let Some(owned) = self.channels.owned.get_mut(&channel) {
                    owned.dirty = true;
                }
            }
        }
    }

    async fn move_door(&mut self, channel: ChannelId, change: crate::domain::change::Change<Door>) {
        let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
        if doors::apply(channel, owned, change) {
            let (epoch, door) = (owned.epoch, owned.door.clone());
            if let Err(error) = channels::put_door(&self.pool, self.heart.me(), channel, epoch, &door).await {
                warn!(%channel, %error, "the door was not written; a new owner would find it by itself");
            }
        }
    }

    /// Once a second: ownership, settings, events, unknowns; and every channel deserves a look.
    async fn tick(&mut self) {
        if !self.lease.holds() {
            return;
        }
        if let Err(error) = self.keep_house().await {
            warn!(%error, "channels not looked over; the next second tries again");
        }
        for owned in self.channels.owned.values_mut() {
            owned.dirty = true;
        }
    }

    async fn keep_house(&mut self) -> Result<(), sqlx::Error> {
        if !self.doubtful.is_empty() {
            let doubtful: Vec<Uuid> = self.doubtful.iter().copied().collect();
            sending::take_back(&self.pool, self.heart.me(), &doubtful).await?;
            self.doubtful.clear();
        }
        self.channels.reconcile().await?;
        self.channels.claim().await?;
        let now = self.now();
        for channel in self.channels.refresh(now).await? {
            if let Some(owned) = self.channels.owned.get(&channel) {
                channels::put_door(&self.pool, self.heart.me(), channel, owned.epoch, &owned.door).await?;
            }
        }
        for event in channels::take_events(&self.pool, self.heart.me()).await? {
            let Some(owned) = self.channels.owned.get(&event.channel) else { continue };
            let change = doors::on_event(&owned.door, &event, now);
            self.move_door(event.channel, change).await;
        }
        self.look_up_unknowns().await
    }

    async fn look_up_unknowns(&mut self) -> Result<(), sqlx::Error> {
        const AT_ONCE: i32 = 16;
        let options = self.options;
        for lost in sending::lookups_due(&self.pool, self.heart.me(), AT_ONCE).await? {
            let Some(Ok(account)) =
                self.channels.owned.get(&lost.channel_id).map(|owned| owned.account.clone())
            else {
                continue;
            };
            let (provider, settlements, reports) =
                (self.provider.clone(), self.settlements.clone(), self.reports.clone());
            tokio::spawn(async move {
                if let Some(row) = reconcile::look_up(provider.as_ref(), &account, &lost, options).await {
                    settlements.submit(row).await;
                    // A loop that has ended needs no report.
                    let _gone = reports.send(Report::Known { channel: lost.channel_id });
                }
            });
        }
        Ok(())
    }

    /// A token, or the time of a look at a door.
    fn mark_due(&mut self) {
        for owned in self.channels.owned.values_mut() {
            owned.dirty = true;
        }
    }

    /// Picks heads of all channels that deserve a look, and starts their calls.
    async fn look(&mut self) {
        self.look_at = Instant::now() + Duration::from_secs(60);
        if !self.lease.holds() {
            return;
        }
        let wanted = self.wanted();
        if wanted.is_empty() {
            let under_way = &self.under_way;
            self.wakes.ack_idle(|message| under_way.contains(&message)).await;
            return;
        }
        match sending::heads(&self.pool, self.heart.me(), &wanted).await {
            Ok((heads, now)) => {
                if let Some(now) = now {
                    self.clock = (now, Instant::now());
                }
                // A channel that gave as many as were asked for may have more.
                for (channel, limit) in &wanted {
                    let given = heads.iter().filter(|head| head.channel_id == *channel).count();
                    if let Some(owned) = self.channels.owned.get_mut(channel) {
                        owned.dirty = given >= usize::try_from(*limit).unwrap_or(usize::MAX);
                    }
                }
                self.send(heads).await;
            }
            Err(error) => warn!(%error, "heads not read; the next second tries again"),
        }
        let under_way = &self.under_way;
        self.wakes.ack_idle(|message| under_way.contains(&message)).await;
    }

    /// How many heads each channel can use now: by its door, its bucket and the calls under way.
    fn wanted(&mut self) -> Vec<(ChannelId, i32)> {
        let now = self.now();
        let mut free = self.options.calls.saturating_sub(self.under_way.len());
        let mut wanted = Vec::new();
        let mut looks = Vec::new();
        for (&id, owned) in &mut self.channels.owned {
            if !owned.dirty {
                continue;
            }
            let room = self.options.calls_per_channel.saturating_sub(owned.calls).min(free);
            let passing = match owned.door.passage(now) {
                Passage::All => room,
                Passage::One => usize::from(owned.calls == 0).min(room),
                Passage::None { look } => {
                    if let Some(look) = look {
                        looks.push((id, look));
                    }
                    0
                }
            };
            let asked = u32::try_from(passing).unwrap_or(u32::MAX);
            let taken = owned.bucket.take(asked, now);
            if let Some(next) = taken.next {
                self.look_at = self.look_at.min(Instant::now() + until(next, now));
            }
            if taken.granted > 0 {
                free -= taken.granted as usize;
                wanted.push((id, i32::try_from(taken.granted).unwrap_or(i32::MAX)));
            } else if passing == 0 {
                owned.dirty = false;
            }
        }
        for (channel, look) in looks {
            self.look_at_door(channel, look, now);
        }
        wanted
    }

    fn look_at_door(&mut self, channel: ChannelId, look: Look, now: Timestamp) {
        if look.at() > now {
            self.look_at = self.look_at.min(Instant::now() + until(look.at(), now));
            return;
        }
        let Look::AskState { .. } = look else { return };
        let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
        let account = owned.account.clone();
        if std::mem::replace(&mut owned.looking, true) {
            return;
        }
        let (provider, reports, longest) = (self.provider.clone(), self.reports.clone(), self.options.call_timeout);
        tokio::spawn(async move {
            let answer = match account {
                Ok(account) => provider.connection(&account, Instant::now() + longest).await,
                Err(cause) => Err(Trouble::new(cause)),
            };
            let _gone = reports.send(Report::Looked { channel, answer });
        });
    }

    /// Applies the rules, commits the intents with their tokens, starts the calls.
    async fn send(&mut self, heads: Vec<Head>) {
        let now = self.now();
        let mut writes = Vec::new();
        let mut sends: HashMap<Uuid, Head> = HashMap::new();
        for head in heads {
            match heads::next(head, self.options.sending, now) {
                Next::Send(head) => drop(sends.insert(head.id.uuid(), head)),
                Next::Write(row) => writes.push(row),
            }
        }
        for row in &writes {
            counter!("frontdesk_delivery_settled_total", "state" => row.state, "class" => "none")
                .increment(1);
        }
        if !writes.is_empty()
            && let Err(error) = sending::settle(&self.pool, &writes).await
        {
            warn!(%error, "decisions not written; the next look decides again");
        }
        if sends.is_empty() {
            return;
        }
        let draws = self.draw(&sends, now);
        let ids: Vec<Uuid> = sends.keys().copied().collect();
        let intended = match sending::intend(&self.pool, self.heart.me(), &ids, &draws).await {
            Ok(intended) => intended,
            Err(error) => {
                warn!(messages = ids.len(), %error, "intents not committed; nothing is called");
                self.doubtful.extend(ids);
                return;
            }
        };
        for (message, n) in intended {
            if let Some(head) = sends.remove(&message.uuid()) {
                self.start(head, n, now);
            }
        }
    }

    /// Takes a token for each message. The buckets commit with the intents.
    fn draw(&mut self, sends: &HashMap<Uuid, Head>, now: Timestamp) -> Vec<Draw> {
        let mut counts: HashMap<ChannelId, u32> = HashMap::new();
        for head in sends.values() {
            *counts.entry(head.channel_id).or_default() += 1;
        }
        counts
            .into_iter()
            .filter_map(|(channel, n)| {
                let owned = self.channels.owned.get_mut(&channel)?;
                owned.bucket = owned.bucket.take(n, now).bucket;
                Some(Draw { channel, epoch: owned.epoch, tokens: owned.bucket.tokens, at: owned.bucket.at })
            })
            .collect()
    }

    fn start(&mut self, head: Head, n: i32, now: Timestamp) {
        let Some(owned) = self.channels.owned.get_mut(&head.channel_id) else { return };
        owned.calls += 1;
        self.under_way.insert(head.id.uuid());
        let probe = matches!(owned.door.passage(now), Passage::One);
        let account = owned.account.clone();
        let (provider, lease, settlements, reports) =
            (self.provider.clone(), self.lease.clone(), self.settlements.clone(), self.reports.clone());
        let (began, longest) = (Instant::now(), self.options.call_timeout);
        if let Ok(waited) = Duration::try_from(now.duration_since(head.created_at)) {
            histogram!("frontdesk_delivery_wait_seconds", "class" => head.class.as_str())
                .record(waited.as_secs_f64());
        }
        tokio::spawn(async move {
            let Head { id, channel_id, tries, waits, not_after, profile, to, text, .. } = head;
            let message = Outgoing { to, body: Body::Text { text } };
            let outcome = match &account {
                // A defect in a provider's client must not leave the message under way for ever.
                Ok(account) => AssertUnwindSafe(call(provider.as_ref(), &lease, account, &message, longest))
                    .catch_unwind()
                    .await
                    .unwrap_or_else(|_| Outcome::Unknown(Trouble::new(Cause::Interrupted))),
                Err(cause) => Outcome::NotSent(Trouble::new(*cause)),
            };
            let now = now.checked_add(began.elapsed()).unwrap_or(now);
            let profile = Profile::named(&profile).unwrap_or_else(|| backoff::CONVERSATION.clone());
            let terms = Terms { profile: &profile, not_after, reconcile_for: RECONCILE_FOR };
            let attempt = Attempt { tries_before: tries, waits_before: waits, probe };
            let settlement = settle(terms, attempt, &outcome, now, rand::rng());
            let slow = match &settlement {
                Settlement::Wait { until, scope: Scope::Channel | Scope::Account, .. } => Some(*until),
                _ => None,
            };
            let (row, ending) = settling::row(id, n, tries, waits, &outcome, &settlement, now);
            settlements.submit(row).await;
            let _gone = reports.send(Report::Called {
                channel: channel_id,
                message: id,
                ending,
                outcome,
                probe,
                slow,
            });
        });
    }
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}
