//! One look at one channel.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tracing::{info, warn};

use super::Listener;
use super::ask::Finding;
use crate::domain::baseline::Baseline;
use crate::domain::hearing::{AGAIN, Because, Deafness, Heard, Next, Receipts, Seen, next};
use crate::providers::ProviderKind;
use crate::setup::Weight;
use crate::store::hearing::{self, Due};

/// Usually …
const USUAL: Duration = Duration::from_secs(60);
/// … and while it is deaf, since the first sign ends it.
const DEAF: Duration = Duration::from_secs(10);
/// When the provider was away.
const LATER: Duration = Duration::from_secs(5 * 60);
/// When as many are being asked as may be.
const IN_TURN: Duration = Duration::from_secs(15);
/// Nobody is missed who was here a moment ago.
const LEAST_SILENCE: Duration = Duration::from_secs(15 * 60);

impl Listener {
    pub(super) async fn look(
        &self,
        mut due: Due,
        heard: Option<Heard>,
        asking: &Semaphore,
    ) -> Result<(), sqlx::Error> {
        let now = self.clock.now();
        if let Some(heard) = heard {
            self.judge_silence(&mut due, heard, now).await?;
        }
        let receipts = if due.silent_lately {
            hearing::receipts(&self.pool, due.channel, self.rules.receipt_deadline).await?
        } else {
            Receipts::default()
        };
        let provable = self.is_provable(&due);
        let every = due.canary_every.unwrap_or(self.rules.canary_every);
        let seen = Seen {
            door: &due.door,
            disabled: due.disabled,
            heard,
            fits_until: due.fits_until,
            receipts,
            canary_every: (!every.is_zero()).then_some(every),
            provable,
        };
        let mut put_off = None;
        match next(&seen, &due.known, now) {
            Next::Rest => {}
            Next::Hears => self.hears(&mut due, now).await?,
            Next::Deaf(deaf) => self.is_deaf(&mut due, deaf).await?,
            Next::Ask(because) => match asking.try_acquire() {
                Ok(_place) => {
                    let said =
                        self.asked(&mut due, because, heard.unwrap_or_default(), provable, now).await?;
                    put_off = (!said).then_some(LATER);
                }
                Err(_) => put_off = Some(IN_TURN),
            },
        }
        let again = match (&due.known.deaf, due.known.doubt) {
            (Some(_), _) => DEAF,
            (None, Some(_)) => AGAIN,
            (None, None) => USUAL,
        };
        hearing::put(&self.pool, &due, put_off.unwrap_or(again)).await?;
        Ok(())
    }

    /// Once for each silence, as soon as it is long enough to be one.
    async fn judge_silence(&self, due: &mut Due, heard: Heard, now: Timestamp) -> Result<(), sqlx::Error> {
        // A silence that was proven to be real begins anew.
        let since = heard.inbound_at.max(due.known.proven_at.filter(|_| heard.inbound_at.is_some()));
        let long = |since: Timestamp| since.checked_add(LEAST_SILENCE).is_ok_and(|at| at <= now);
        match since {
            Some(since) if long(since) && due.judged_at != Some(since) => {
                let until = heard.inbound_at.unwrap_or(since);
                let hours =
                    hearing::busy_hours(&self.pool, due.channel, Baseline::learns_from(until)).await?;
                let baseline = Baseline::learn(&hours, until);
                due.fits_until = baseline.and_then(|baseline| baseline.fits_until(since));
                due.judged_at = Some(since);
            }
            Some(since) if due.judged_at != Some(since) => due.fits_until = None,
            _ => {}
        }
        Ok(())
    }

    /// A bridge sends to its own number and tells of it. Meta and Twilio refuse that.
    fn is_provable(&self, due: &Due) -> bool {
        self.rules.sending
            && due.has_own_address
            && due.provider.parse() == Ok(ProviderKind::Evolution)
            && due.canaries < i64::from(self.rules.canaries_per_day)
    }

    /// Asks the chain, and does what follows from it. `false`: nobody answered.
    async fn asked(
        &self,
        due: &mut Due,
        because: Because,
        heard: Heard,
        provable: bool,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        let since = match because {
            Because::Silence | Because::Missed | Because::Incomplete => heard.inbound_at,
            Because::Quiet | Because::Receipts | Because::Connecting => heard.at,
        };
        let since = since.unwrap_or(due.known.listened_since);
        info!(channel = due.slug, because = because.as_str(), "nothing moves; the chain is asked");
        if matches!(because, Because::Silence | Because::Missed) || due.known.deaf.is_some() {
            self.repair(due, since).await?;
        }
        // From its beginning: what is found by what was asked now comes later.
        let before = due.known.asked_at.replace(now);
        match self.ask(due, because, provable).await {
            Finding::Proven => {
                due.known.doubt = None;
                due.known.proven_at = Some(self.clock.now());
                if due.known.deaf.as_ref().is_some_and(|deaf| deaf.because != Because::Missed) {
                    self.hears(due, now).await?;
                }
            }
            Finding::Broken(step) if due.known.doubt.is_some() || due.known.deaf.is_some() => {
                let known = due.known.deaf.as_ref();
                let since = known.map_or(since, |deaf| deaf.since);
                // What came while it was asked ends it, too.
                let found_at = known.map_or(now, |deaf| deaf.found_at);
                let incomplete = step.weight == Weight::Certain && because != Because::Missed;
                let because = if incomplete { Because::Incomplete } else { because };
                let (link, words, next_step) = (step.link, step.detail, step.next_step);
                self.is_deaf(due, Deafness { because, link, words, next_step, since, found_at }).await?;
            }
            Finding::Broken(_) => due.known.doubt = Some(because),
            Finding::Unsaid => {
                due.known.asked_at = before;
                return Ok(false);
            }
            Finding::Unprovable => due.known.doubt = None,
        }
        Ok(true)
    }

    async fn is_deaf(&self, due: &mut Due, deaf: Deafness) -> Result<(), sqlx::Error> {
        due.known.doubt = None;
        if due.known.deaf.is_none() {
            warn!(
                channel = due.slug,
                because = deaf.because.as_str(),
                link = deaf.link.as_str(),
                since = %deaf.since,
                what = deaf.words,
                next_step = deaf.next_step,
                "the channel is deaf"
            );
            if deaf.because != Because::Receipts {
                self.repair(due, deaf.since).await?;
            }
        }
        due.known.deaf = Some(deaf);
        Ok(())
    }

    /// What was missed meanwhile is fetched.
    async fn hears(&self, due: &mut Due, now: Timestamp) -> Result<(), sqlx::Error> {
        let Some(deaf) = due.known.deaf.take() else { return Ok(()) };
        if due.disabled {
            due.known.trusted_at = Some(now);
        }
        info!(channel = due.slug, because = deaf.because.as_str(), since = %deaf.since, "the channel hears again");
        if deaf.because != Because::Receipts && !due.disabled {
            self.repair(due, deaf.since).await?;
        }
        Ok(())
    }

    async fn repair(&self, due: &Due, since: Timestamp) -> Result<(), sqlx::Error> {
        let queued = hearing::repair(&self.pool, due.channel, since).await?;
        info!(channel = due.slug, %since, queued, "what may have been missed is to be fetched");
        Ok(())
    }
}
