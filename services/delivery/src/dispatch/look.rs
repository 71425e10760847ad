//! Which channels deserve a look, how much each may send now, and the look itself.

use std::{collections::HashMap, time::Duration};

use ids::ChannelId;
use jiff::Timestamp;
use tokio::time::Instant;
use tracing::warn;

use super::dispatcher::{Dispatcher, Report};
use crate::{
    domain::{
        door::{Look, Passage},
        outcome::Trouble,
    },
    store::sending::{self, Head},
};

/// Heads read at a time where the last ones were not sent but written off: a backlog that has expired costs no tokens.
const CLEARING: u32 = 256;
/// What fails is tried again after this.
const AGAIN: Duration = Duration::from_secs(1);
/// Until then only wake-ups, reports and the tick cause a look.
const FAR: Duration = Duration::from_secs(60);

/// What one look may do for a channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub channel: ChannelId,
    /// Messages that may be sent: the door, the tokens and the calls under way allow it.
    pub tokens: u32,
    /// Heads worth reading.
    pub wanted: u32,
}

impl Dispatcher {
    /// When the next channel deserves a look.
    pub(super) fn next_look(&self) -> Instant {
        let far = Instant::now() + FAR;
        if self.in_doubt || self.free() == 0 || !self.lease.holds() {
            return far;
        }
        self.channels.owned.values().map(|owned| owned.look_at).min().unwrap_or(far)
    }

    /// Sends what may go, of all channels that deserve a look.
    pub(super) async fn look(&mut self) {
        if !self.in_doubt && self.lease.holds() {
            // The same instant for counting tokens and for taking them.
            let now = self.now();
            self.call_up(now).await;
            let shares = self.shares(now);
            if !shares.is_empty() {
                self.look_at(&shares, now).await;
            }
        }
        let under_way = &self.under_way;
        self.wakes.ack_idle(|message| under_way.contains(&message)).await;
    }

    async fn look_at(&mut self, shares: &[Share], now: Timestamp) {
        let wanted: Vec<_> = shares
            .iter()
            .map(|share| {
                let begun = self.channels.owned.get(&share.channel).map(|owned| owned.turns.begun());
                (share.channel, i32::try_from(share.wanted).unwrap_or(i32::MAX), begun.unwrap_or_default())
            })
            .collect();
        match sending::heads(&self.pool, self.heart.me(), &wanted).await {
            Ok((heads, heard)) => {
                self.note_drained(&heads);
                self.send(heads, shares, now).await;
                if let Some(heard) = heard {
                    self.clock = heard;
                }
            }
            Err(error) => {
                warn!(%error, "heads not read; the next second tries again");
                for share in shares {
                    if let Some(owned) = self.channels.owned.get_mut(&share.channel) {
                        owned.look_at = Instant::now() + AGAIN;
                    }
                }
            }
        }
    }

    /// Channels of which nothing is queued behind or beside these heads: when their calls have been taken, there is nothing to
    /// look for.
    fn note_drained(&mut self, heads: &[Head]) {
        let mut found: HashMap<ChannelId, (usize, Option<usize>)> = HashMap::new();
        for head in heads {
            found.entry(head.channel_id).or_insert((0, head.undone)).0 += 1;
        }
        for (channel, (found, undone)) in found {
            if let Some(owned) = self.channels.owned.get_mut(&channel) {
                owned.drained = undone == Some(found + owned.calls);
            }
        }
    }

    fn free(&self) -> usize {
        self.options.calls.saturating_sub(self.under_way.len())
    }

    /// How much each channel that deserves a look may send, those that have waited longest first.
    fn shares(&mut self, now: Timestamp) -> Vec<Share> {
        let instant = Instant::now();
        let mut due: Vec<_> = self.channels.owned.iter().map(|(id, owned)| (owned.look_at, *id)).collect();
        due.retain(|(look_at, _)| *look_at <= instant);
        due.sort_unstable();
        let mut free = self.free();
        let mut shares = Vec::new();
        for (_, channel) in due {
            if free == 0 {
                break;
            }
            let Some(owned) = self.channels.owned.get_mut(&channel) else { continue };
            owned.look_at = instant + FAR;
            if owned.rests_until > instant {
                owned.look_at = owned.rests_until;
                continue;
            }
            // Whoever pauses between messages sends one at a time.
            let most = if owned.longest_pause(self.options.send_jitter).is_zero() {
                self.options.calls_per_channel
            } else {
                owned.calls.saturating_add(1).min(self.options.calls_per_channel)
            };
            let room = most.saturating_sub(owned.calls).min(free);
            let passing = match owned.door.passage(now) {
                Passage::All => room,
                Passage::One => usize::from(owned.calls == 0),
                Passage::None { look: Some(look) } => {
                    self.look_at_door(channel, look, now);
                    continue;
                }
                Passage::None { look: None } => 0,
            };
            if passing == 0 {
                continue;
            }
            let taken = owned.bucket.take(u32::try_from(passing).unwrap_or(u32::MAX), now);
            match taken.next {
                Some(next) if taken.granted == 0 => owned.look_at = instant + until(next, now),
                _ => {
                    free = free.saturating_sub(taken.granted as usize);
                    let wanted = if owned.clearing { CLEARING } else { taken.granted };
                    shares.push(Share { channel, tokens: taken.granted, wanted });
                }
            }
        }
        shares
    }

    fn look_at_door(&mut self, channel: ChannelId, look: Look, now: Timestamp) {
        let Some(owned) = self.channels.owned.get_mut(&channel) else { return };
        if look.at() > now {
            owned.look_at = Instant::now() + until(look.at(), now);
            return;
        }
        let Look::AskState { .. } = look else { return };
        if std::mem::replace(&mut owned.asking, true) {
            return;
        }
        let account = owned.account.clone();
        let (provider, reports) = (self.provider.clone(), self.reports.clone());
        let deadline = Instant::now() + self.options.call_timeout;
        tokio::spawn(async move {
            let answer = match account {
                Ok(account) => provider.connection(&account, deadline).await,
                Err(cause) => Err(Trouble::new(cause)),
            };
            // A loop that has ended needs no report.
            let _gone = reports.send(Report::Looked { channel, asked_at: now, answer });
        });
    }
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}
