//! Which channels this instance owns.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bus::{Bus, ConsumerSpec, Wake, streams};
use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use sqlx::PgPool;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use work::{Heart, Verdict};

use super::{
    account::{self, Unusable},
    owned::Owned,
    settling, templates,
};
use crate::{
    domain::{causes::Cause, lane::Turns, repetitions::Repetitions, templates::Listed, unknown},
    providers::{ChannelAccount, ProviderKind},
    store::{self, channels, channels::Version, held, sending, shares},
};

/// A profile's six tries plus slack for processes that never report.
const MAX_DELIVER: i64 = 20;
const MAX_ACK_PENDING: i64 = 20_000;
const PULLED: usize = 256;

/// All of them.
#[derive(Debug)]
pub struct Channels {
    heart: Heart,
    pool: PgPool,
    bus: Bus,
    wakes: mpsc::Sender<Wake>,
    public_url: Arc<str>,
    /// By id.
    pub owned: HashMap<ChannelId, Owned>,
}

impl Channels {
    /// None yet.
    pub fn new(
        heart: Heart,
        pool: PgPool,
        bus: Bus,
        wakes: mpsc::Sender<Wake>,
        public_url: Arc<str>,
    ) -> Self {
        Self { heart, pool, bus, wakes, public_url, owned: HashMap::new() }
    }

    /// Claims channels without a live owner, up to a fair share.
    pub async fn claim(&mut self) -> Result<(), sqlx::Error> {
        let (unowned, share) = shares::unowned(&self.pool, self.heart.me()).await?;
        let room = share.saturating_sub(self.owned.len());
        // What an operator wants here comes whatever the share is.
        let unowned: Vec<_> = unowned
            .into_iter()
            .enumerate()
            .filter(|(n, (_, wished))| *n < room || *wished)
            .map(|(_, (key, _))| key)
            .collect();
        if unowned.is_empty() {
            return Ok(());
        }
        let claimed: HashMap<_, _> = self
            .heart
            .claim(&unowned)
            .await?
            .into_iter()
            .filter_map(|claim| match claim.verdict {
                Verdict::Claimed(held) | Verdict::Suspect(held) | Verdict::Poison(held) => {
                    Some((held.key, held.epoch))
                }
                _ => None,
            })
            .collect();
        let keys: Vec<_> = claimed.keys().copied().collect();
        let lost = sending::adopt(
            &self.pool,
            self.heart.me(),
            &keys,
            settling::reason(Cause::Interrupted),
            unknown::RECONCILE_FOR,
        )
        .await?;
        if lost > 0 {
            warn!(messages = lost, "an earlier owner left calls without an answer; their outcome is unknown");
        }
        for (row, account) in
            account::of_all(channels::read(&self.pool, &keys).await?, self.public_url.clone()).await
        {
            let Some(&epoch) = claimed.get(&row.id.uuid()) else { continue };
            info!(channel = row.slug, door = row.door.as_str(), "channel taken over");
            let owned = Owned {
                epoch,
                slug: row.slug.clone(),
                kind: row.provider.parse().ok(),
                account: usable(&row.slug, account, None),
                resolved_at: Instant::now(),
                changed_at: row.changed_at,
                book: None,
                list_is_coming: false,
                unusable: 0,
                book_at: None,
                templates_due_at: Timestamp::MAX,
                door: row.door,
                bucket: row.bucket,
                quiet: row.quiet_hours,
                new_since: row.new_since,
                repetitions: Repetitions::new(row.bucket.at),
                rests_until: Instant::now(),
                turns: Turns::default(),
                calls: 0,
                look_at: Instant::now(),
                clearing: false,
                drained: false,
                asking: false,
                pull: self.pull(row.id),
            };
            self.owned.insert(row.id, owned);
        }
        for (channel, message, lane) in held::of(&self.pool, &keys).await? {
            if let Some(owned) = self.owned.get_mut(&channel) {
                owned.repetitions.hold(message, lane);
            }
        }
        // Before the first message goes: a template that is paused must not be tried.
        let versions = channels::versions(&self.pool, &keys).await?;
        self.read_books(&versions).await
    }

    /// Reads what is known of templates again where something about them, or the parts they play, has changed.
    async fn read_books(&mut self, versions: &[Version]) -> Result<(), sqlx::Error> {
        for version in versions {
            let at = Some((version.changed_at, version.templates_at));
            let Some(owned) = self.owned.get_mut(&version.id) else { continue };
            owned.templates_due_at = version.templates_due_at;
            if owned.book_at == at {
                continue;
            }
            let Some(kind) = owned.kind.filter(|kind| *kind != ProviderKind::Evolution) else {
                owned.book = Some(Arc::default());
                continue;
            };
            let book = store::templates::book(&self.pool, version.id).await?.unwrap_or_default();
            owned.unusable = templates::tell_troubles(&owned.slug, kind, &book);
            owned.list_is_coming = book.listed == Listed::Never
                && (owned.list_is_coming || owned.book_at.is_none())
                && owned.account.as_ref().is_ok_and(ChannelAccount::has_templates);
            owned.book = Some(Arc::new(book));
            owned.book_at = at;
            owned.stir();
        }
        Ok(())
    }

    /// Reads settings that changed, and secrets now and then, since a file can change without the row; and tries a door again
    /// that may have been closed for them.
    pub async fn refresh(&mut self, now: Timestamp) -> Result<Vec<ChannelId>, sqlx::Error> {
        let ids: Vec<_> = self.owned.keys().map(|id| id.uuid()).collect();
        let versions = channels::versions(&self.pool, &ids).await?;
        self.read_books(&versions).await?;
        let changed: Vec<_> = versions
            .into_iter()
            .filter(|version| {
                let stale = |owned: &Owned| {
                    owned.changed_at != version.changed_at || owned.resolved_at.elapsed() >= SECRETS_KEPT
                };
                self.owned.get(&version.id).is_some_and(stale)
            })
            .map(|version| version.id.uuid())
            .collect();
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let mut tried = Vec::new();
        for (row, account) in
            account::of_all(channels::read(&self.pool, &changed).await?, self.public_url.clone()).await
        {
            let Some(owned) = self.owned.get_mut(&row.id) else { continue };
            let account = usable(&row.slug, account, Some(&owned.account));
            let same = owned.changed_at == row.changed_at && is_same(&owned.account, &account);
            owned.kind = row.provider.parse().ok();
            owned.account = account;
            owned.resolved_at = Instant::now();
            if same {
                continue;
            }
            if (&owned.quiet, owned.new_since) != (&row.quiet_hours, row.new_since) {
                // What the old rules hold is asked of the new ones.
                sending::let_go(&self.pool, row.id).await?;
                owned.stir();
            }
            owned.changed_at = row.changed_at;
            owned.quiet = row.quiet_hours;
            owned.new_since = row.new_since;
            owned.bucket = owned.bucket.with_limits(row.bucket.per_second, row.bucket.capacity, now);
            let next = owned.door.try_again(now);
            if next.is_applied() {
                owned.door = next.or(owned.door.clone());
                tried.push(row.id);
            }
        }
        Ok(tried)
    }

    /// Makes memory and rows agree: channels that another instance has taken (this one was paused past its lease) are
    /// forgotten; channels whose row says mine and which memory does not have (a claim whose answer was lost) go back.
    pub async fn reconcile(&mut self) -> Result<(), sqlx::Error> {
        let mine: HashMap<_, _> = self.heart.owned().await?.into_iter().collect();
        self.owned.retain(|id, owned| {
            let kept = mine.get(&id.uuid()) == Some(&owned.epoch);
            if !kept {
                warn!(channel = %id, "channel lost to another instance");
                owned.pull.cancel();
            }
            kept
        });
        let strays: Vec<_> =
            mine.into_iter().filter(|(id, _)| !self.owned.contains_key(&ChannelId::from_uuid(*id))).collect();
        if !strays.is_empty() {
            self.heart.hand_back(&strays).await?;
        }
        Ok(())
    }

    /// Hands channels back that a newcomer is entitled to, or an operator wants elsewhere; not those with calls under way.
    pub async fn share_out(&mut self) -> Result<(), sqlx::Error> {
        let out = shares::share_out(&self.pool, self.heart.me()).await?;
        let idle = self.owned.iter().filter(|(_, owned)| owned.calls == 0).map(|(id, _)| *id);
        let (mut given, others): (Vec<_>, Vec<_>) = idle.partition(|id| out.away.contains(&id.uuid()));
        if !given.is_empty() {
            info!(channels = given.len(), "handed to another instance, as an operator wants");
        }
        let more = others.into_iter().filter(|id| !out.kept.contains(&id.uuid())).take(out.surplus);
        let before = given.len();
        given.extend(more);
        if given.len() > before {
            info!(channels = given.len() - before, "handed to another instance, which has fewer");
        }
        self.give_back(&given).await
    }

    /// Hands everything back, so that another instance goes on at once.
    pub async fn hand_back(&mut self) {
        let all: Vec<_> = self.owned.keys().copied().collect();
        if let Err(error) = self.give_back(&all).await {
            warn!(%error, "channels not handed back; another instance takes them when this one's lease ends");
        }
    }

    async fn give_back(&mut self, channels: &[ChannelId]) -> Result<(), sqlx::Error> {
        let mut held = Vec::with_capacity(channels.len());
        for id in channels {
            if let Some(owned) = self.owned.remove(id) {
                owned.pull.cancel();
                held.push((id.uuid(), owned.epoch));
            }
        }
        if held.is_empty() {
            return Ok(());
        }
        // What is not heard stays in the row and goes back at the next reconcile.
        self.heart.hand_back(&held).await
    }

    /// Wakes the channel's owner, which may be this process.
    pub async fn wake(&self, channel: ChannelId, message: MessageId) {
        self.bus.wake(streams::outbound_subject(channel.uuid()), message.uuid()).await;
    }

    /// The channel's own durable consumer, pulled while the channel is owned.
    fn pull(&self, channel: ChannelId) -> CancellationToken {
        let stop = CancellationToken::new();
        let spec = ConsumerSpec {
            stream: streams::FD_OUT,
            durable: streams::outbound_consumer(channel.uuid()),
            filter: streams::outbound_subject(channel.uuid()),
            max_deliver: MAX_DELIVER,
            max_ack_pending: MAX_ACK_PENDING,
            batch: PULLED,
            from_new: true,
        };
        tokio::spawn(bus::consume(self.bus.clone(), spec, self.wakes.clone(), stop.clone()));
        stop
    }
}

/// How long secrets are believed before they are read again.
const SECRETS_KEPT: Duration = Duration::from_secs(5);

/// Says once what is wrong with an account, however often it is tried.
fn usable(
    slug: &str,
    account: Result<ChannelAccount, Unusable>,
    before: Option<&Result<ChannelAccount, Cause>>,
) -> Result<ChannelAccount, Cause> {
    account.map_err(|Unusable { cause, why }| {
        if !matches!(before, Some(Err(known)) if *known == cause) {
            warn!(
                channel = slug,
                cause = cause.as_str(),
                why,
                "channel cannot be used; it is tried again every few seconds"
            );
        }
        cause
    })
}

fn is_same(one: &Result<ChannelAccount, Cause>, other: &Result<ChannelAccount, Cause>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one.is_same_as(other),
        (Err(one), Err(other)) => one == other,
        _ => false,
    }
}
