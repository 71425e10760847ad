//! What strikes, when.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use simulators::faults::Trigger;
use simulators::whatsapp::{Fault, FaultKind};

use super::{Storm, says};
use crate::{Program, Servers, Stack};

const PATIENCE: Duration = Duration::from_secs(240);

/// Whoever stands still until one is left has lost its channels when it goes on.
const LIVE: &str = "select count(*) from delivery.instance i where delivery.is_live(i.id)";

/// Of the product, as a line that breaks would: what was being committed is or is not.
const BREAK_OFF: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                         where backend_type = 'client backend' and pid <> pg_backend_pid()";

/// So long calls meet nothing but a limit, or nothing but errors.
const EPISODE: Duration = Duration::from_secs(4);

#[derive(Debug, Clone, Copy)]
enum Blow {
    Program,
    Nats,
    NatsStore,
    Postgres,
    Lines,
    Frozen,
    Limits,
    Errors,
    TakenBack,
}

impl Blow {
    /// Whatever may harm most comes first, since small storms have few.
    const ALL: [Self; 9] = [
        Self::Program,
        Self::Frozen,
        Self::Postgres,
        Self::Nats,
        Self::Limits,
        Self::Lines,
        Self::NatsStore,
        Self::TakenBack,
        Self::Errors,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Program => "a program killed",
            Self::Nats => "NATS killed",
            Self::NatsStore => "NATS killed and its store wiped",
            Self::Postgres => "PostgreSQL killed",
            Self::Lines => "all lines to PostgreSQL broken",
            Self::Frozen => "a program frozen beyond its lease",
            Self::Limits => "nothing but 429 for 4 s",
            Self::Errors => "nothing but 500 for 4 s",
            Self::TakenBack => "messages taken back by their sender",
        }
    }
}

/// One blow.
#[derive(Debug, Clone, Copy)]
struct Strike {
    blow: Blow,
    /// Once so many messages were taken by the provider.
    after: usize,
    /// Of the two programs, the second.
    second: bool,
}

/// As many as were asked for: each kind in turn in a random order, each at a random moment of its part of the storm.
fn drawn(storm: Storm) -> Vec<Strike> {
    let mut random = StdRng::seed_from_u64(storm.seed);
    let mut blows = Vec::new();
    while blows.len() < storm.blows {
        let mut round = Blow::ALL;
        let few = round.len().min(storm.blows - blows.len());
        round[..few].shuffle(&mut random);
        blows.extend(&round[..few]);
    }
    let part = storm.messages() as f64 * 0.8 / storm.blows.max(1) as f64;
    let moment = |n: usize, at: f64| (part * (n as f64 + at)) as usize;
    blows
        .into_iter()
        .enumerate()
        .map(|(n, blow)| Strike {
            blow,
            after: moment(n, random.random_range(0.2..1.0)),
            second: random.random(),
        })
        .collect()
}

/// Strikes with them, each once so many messages were taken by the provider since `before`. Answers with how often what.
pub(super) async fn in_turn(
    stack: &mut Stack,
    second: &mut Program,
    storm: Storm,
    before: u64,
) -> anyhow::Result<BTreeMap<&'static str, usize>> {
    let mut struck = BTreeMap::new();
    let episodes = RefCell::new(Vec::<Episode>::new());
    for strike in drawn(storm) {
        let taken = async || {
            episodes.borrow_mut().retain(|episode| !episode.is_over(stack));
            let since = stack.whatsapp.totals().sends.saturating_sub(before);
            (since >= strike.after as u64).then_some(())
        };
        testkit::eventually(PATIENCE, "the storm to go on", taken).await?;
        let begun = hit(stack, second, storm, strike).await?;
        episodes.borrow_mut().extend(begun);
        *struck.entry(strike.blow.word()).or_default() += 1;
    }
    let over = async || {
        episodes.borrow_mut().retain(|episode| !episode.is_over(stack));
        episodes.borrow().is_empty().then_some(())
    };
    testkit::eventually(PATIENCE, "the last episode to end", over).await?;
    Ok(struck)
}

/// A time in which every call meets the same.
struct Episode {
    rule: u64,
    until: Instant,
}

impl Episode {
    fn of(stack: &Stack, kind: FaultKind) -> Self {
        let rule = stack.whatsapp.fault(Fault::from(kind), Trigger::ALWAYS);
        Self { rule, until: Instant::now() + EPISODE }
    }

    /// Ends it once its time is over.
    fn is_over(&self, stack: &Stack) -> bool {
        self.until <= Instant::now() && stack.whatsapp.forgive(self.rule)
    }
}

async fn hit(
    stack: &mut Stack,
    second: &mut Program,
    storm: Storm,
    strike: Strike,
) -> anyhow::Result<Option<Episode>> {
    match strike.blow {
        Blow::Program => {
            let program = if strike.second { second } else { &mut stack.program };
            program.kill9().await?;
            program.spawn()?;
        }
        Blow::Nats => {
            stack.nats.kill9()?;
            stack.nats.restart().await?;
        }
        Blow::NatsStore => {
            stack.nats.wipe_store().await?;
        }
        Blow::Postgres => {
            let Servers::Private(postgres) = &mut stack.postgres else {
                anyhow::bail!("not a private server")
            };
            postgres.kill9()?;
            postgres.restart().await?;
        }
        Blow::Lines => {
            sqlx::query(BREAK_OFF).execute(&stack.rows().await?).await?;
        }
        Blow::Frozen => {
            // The other one takes its channels over.
            stack.counts(2, "both to live", LIVE, PATIENCE).await?;
            let program = if strike.second { &*second } else { &stack.program };
            program.freeze().await?;
            stack.counts(1, "its lease to end", LIVE, PATIENCE).await?;
            program.thaw().await?;
        }
        Blow::Limits => return Ok(Some(Episode::of(stack, FaultKind::RateLimited { retry_after_s: None }))),
        Blow::Errors => return Ok(Some(Episode::of(stack, FaultKind::ErrorBefore { status: 500 }))),
        Blow::TakenBack => says::take_back(stack, storm).await?,
    }
    Ok(None)
}
