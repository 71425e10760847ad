//! The rules at send time, the intents with their tokens, the calls.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use metrics::{counter, histogram};
use tokio::time::Instant;
use tracing::warn;
use uuid::Uuid;

use super::{
    call::Call,
    dispatcher::{Dispatcher, Report},
    heads::{self, Next, Rules, Templates},
    look::Share,
};
use crate::{
    domain::{content::Content, door::Passage, jitter, pair, retry_share::Came, warm_up},
    store::sending::{self, Draw, FormRow, Head, PairRow, SettleRow},
    store::warm_up::first_contacts,
};

impl Dispatcher {
    /// Applies the rules, commits the intents with their tokens, starts the calls. `now` is the instant at which the
    /// tokens of `shares` were counted.
    pub(super) async fn send(&mut self, heads: Vec<Head>, shares: &[Share], now: Timestamp) {
        let mut left: HashMap<ChannelId, u32> =
            shares.iter().map(|share| (share.channel, share.tokens)).collect();
        let (mut sends, mut writes, mut held) = (Vec::new(), Vec::new(), Vec::new());
        let mut clearing = HashSet::new();
        let too_cold = self.too_cold(&heads, now).await;
        for head in heads {
            let channel = head.channel_id;
            // The outcome of its last call is written, which this loop has not heard yet. Begun now, the next call would lose its
            // place in `under_way` to that report, be taken back as one that never was, and be made twice.
            if self.under_way.contains(&head.id.uuid()) {
                continue;
            }
            // Before the templates were read nobody knows which may go; the next second reads them.
            let Some(owned) = self.channels.owned.get_mut(&channel) else { continue };
            let (kind, Some(book)) = (owned.kind, owned.book.clone()) else { continue };
            let rules = Rules {
                kind,
                templates: Templates { book: &book, coming: owned.list_is_coming },
                quiet: owned.quiet.as_ref(),
                too_cold: too_cold.contains(&head.id.uuid()),
                repeat_until: head
                    .is_repetition()
                    .then(|| owned.repetitions.wait(head.id, head.lane, now))
                    .flatten(),
                sending: self.options.sending,
            };
            match heads::next(head, rules, now) {
                Next::Write(row) => {
                    clearing.insert(channel);
                    owned.repetitions.forget(MessageId::from_uuid(row.id));
                    writes.push(row);
                }
                Next::Hold(id, lane, until) => {
                    clearing.insert(channel);
                    owned.repetitions.hold(id, lane);
                    held.push((id, until));
                }
                Next::Send(head) => {
                    let Some(tokens) = left.get_mut(&channel).filter(|tokens| **tokens > 0) else { continue };
                    *tokens -= 1;
                    if head.is_repetition() {
                        owned.repetitions.begun(head.id, now);
                    }
                    sends.push(head);
                }
            }
        }
        for share in shares {
            let Some(owned) = self.channels.owned.get_mut(&share.channel) else { continue };
            owned.clearing = clearing.contains(&share.channel);
            // Who used all it might, or met what is no longer to be sent, may have more.
            if owned.clearing || left.get(&share.channel) == Some(&0) {
                owned.stir();
            }
        }
        self.write_off(&writes).await;
        self.hold(&held).await;
        self.start_all(sends, now).await;
    }

    /// Messages that would begin more conversations than a new number should begin in a day. While that cannot be asked, all
    /// that nobody asked for wait.
    async fn too_cold(&self, heads: &[Head], now: Timestamp) -> HashSet<Uuid> {
        let mut beyond = HashSet::new();
        for (channel, owned) in &self.channels.owned {
            let Some(cap) = owned.new_since.and_then(|since| warm_up::cap(since, now)) else { continue };
            let own = heads.iter().filter(|head| head.channel_id == *channel && !head.prompted);
            let own: Vec<Uuid> = own.map(|head| head.id.uuid()).collect();
            if own.is_empty() {
                continue;
            }
            match first_contacts(&self.pool, *channel, &own).await {
                Ok((begun, cold)) => {
                    let room = usize::try_from(i64::from(cap) - begun).unwrap_or_default();
                    beyond.extend(cold.into_iter().skip(room));
                }
                Err(error) => {
                    warn!(%channel, %error, "first contacts not counted; they wait");
                    beyond.extend(own);
                }
            }
        }
        beyond
    }

    async fn write_off(&self, rows: &[SettleRow]) {
        if rows.is_empty() {
            return;
        }
        match sending::settle(&self.pool, rows).await {
            Ok(()) => {
                for row in rows {
                    let class = row.class.unwrap_or("none");
                    counter!("frontdesk_delivery_settled_total", "state" => row.state, "class" => class)
                        .increment(1);
                }
            }
            Err(error) => warn!(%error, "decisions not written; the next look decides again"),
        }
    }

    async fn start_all(&mut self, sends: Vec<Head>, now: Timestamp) {
        if sends.is_empty() {
            return;
        }
        let draws = self.draw(&sends, now);
        let forms: Vec<FormRow> = sends.iter().filter_map(|head| self.form(head)).collect();
        let pairs: Vec<PairRow> = sends.iter().filter_map(|head| self.pair(head)).collect();
        let ids: Vec<Uuid> = sends.iter().map(|head| head.id.uuid()).collect();
        let intended = sending::intend(&self.pool, self.heart.me(), &ids, &draws, &forms, &pairs).await;
        let intended: HashMap<_, _> = match intended {
            Ok(intended) => intended.into_iter().collect(),
            Err(error) => {
                warn!(messages = ids.len(), %error, "intents not committed, or nobody knows; nothing is called");
                self.in_doubt = true;
                HashMap::new()
            }
        };
        for head in sends {
            match intended.get(&head.id) {
                Some(n) => self.start(head, *n, now),
                None => self.not_made(&head, now),
            }
        }
    }

    /// Nobody was called, so nothing was repeated.
    fn not_made(&mut self, head: &Head, now: Timestamp) {
        if let Some(owned) = self.channels.owned.get_mut(&head.channel_id) {
            owned.repetitions.ended(head.is_repetition(), Came::NotMade, now);
        }
    }

    /// The form of a message, if an echo of it would not show its text, or if it goes as its fallback.
    fn form(&self, head: &Head) -> Option<FormRow> {
        let (owned, said) = (self.channels.owned.get(&head.channel_id)?, head.said.as_ref()?);
        let shown = owned.kind?.shown_as(said.form(head.as_template));
        let as_it_is = matches!(said.content, Content::Text { .. }) && !head.as_template;
        (!as_it_is).then(|| FormRow { id: head.id.uuid(), as_template: head.as_template, shown })
    }

    /// The customer, where messages to one are counted.
    fn pair(&self, head: &Head) -> Option<PairRow> {
        let owned = self.channels.owned.get(&head.channel_id)?;
        pair::applies(owned.kind)
            .then(|| PairRow { channel_id: head.channel_id.uuid(), address: head.to.clone() })
    }

    /// Takes a token for each message. The buckets commit with the intents.
    fn draw(&mut self, sends: &[Head], now: Timestamp) -> Vec<Draw> {
        let mut counts: HashMap<ChannelId, u32> = HashMap::new();
        for head in sends {
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
        let pause = jitter::pause(owned.longest_pause(self.options.send_jitter), rand::rng());
        owned.rests_until = Instant::now() + pause;
        self.under_way.insert(head.id.uuid());
        if let Ok(waited) = Duration::try_from(now.duration_since(head.created_at)) {
            histogram!("frontdesk_delivery_wait_seconds", "class" => head.class.as_str())
                .record(waited.as_secs_f64());
        }
        let probe = matches!(owned.door.passage(now), Passage::One);
        // What only tries a closed door uses up nobody's turn.
        if !probe {
            owned.turns.served(head.lane);
        }
        let call = Call {
            head,
            n,
            probe,
            account: owned.account.clone(),
            provider: self.provider.clone(),
            lease: self.lease.clone(),
            settlements: self.settlements.clone(),
            longest: self.options.call_timeout,
            began: (now, Instant::now()),
        };
        let reports = self.reports.clone();
        tokio::spawn(async move {
            // A loop that has ended needs no report.
            let _gone = reports.send(Report::Called(call.run().await));
        });
    }
}
