//! Who is killed, when.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::Storm;
use crate::{Servers, Stack};

const PATIENCE: Duration = Duration::from_secs(240);

/// Whoever stands still until then has lost its channels when it goes on.
const LIVE: &str = "select count(*) from delivery.instance i where delivery.is_live(i.id)";

#[derive(Debug, Clone, Copy)]
enum Victim {
    Program,
    Nats,
    NatsStore,
    Postgres,
    Frozen,
}

impl Victim {
    const ALL: [Self; 5] = [Self::Program, Self::Nats, Self::Postgres, Self::Frozen, Self::NatsStore];

    const fn word(self) -> &'static str {
        match self {
            Self::Program => "the program killed",
            Self::Nats => "NATS killed",
            Self::NatsStore => "NATS killed and its store wiped",
            Self::Postgres => "PostgreSQL killed",
            Self::Frozen => "the program frozen beyond its lease",
        }
    }
}

/// As many as were asked for: everybody in turn in a random order, each at a random moment of its part of the storm.
fn drawn(storm: Storm) -> Vec<(Victim, usize)> {
    let mut random = StdRng::seed_from_u64(storm.seed);
    let mut victims = Vec::new();
    while victims.len() < storm.kills {
        let mut round = Victim::ALL;
        round.shuffle(&mut random);
        victims.extend(round);
    }
    victims.truncate(storm.kills);
    let part = storm.messages() as f64 * 0.85 / storm.kills.max(1) as f64;
    let moment = |n: usize, at: f64| (part * (n as f64 + at)) as usize;
    victims
        .into_iter()
        .enumerate()
        .map(|(n, victim)| (victim, moment(n, random.random_range(0.2..1.0))))
        .collect()
}

/// Kills them, each once so many messages were taken by the provider since `before`. Answers with how often whom.
pub(super) async fn in_turn(
    stack: &mut Stack,
    storm: Storm,
    before: u64,
) -> anyhow::Result<BTreeMap<&'static str, usize>> {
    let mut kills = BTreeMap::new();
    for (victim, enough) in drawn(storm) {
        let taken = || async {
            let since = stack.whatsapp.totals().sends.saturating_sub(before);
            (since >= enough as u64).then_some(())
        };
        testkit::eventually(PATIENCE, "the storm to go on", taken).await?;
        strike(stack, victim).await?;
        *kills.entry(victim.word()).or_default() += 1;
    }
    Ok(kills)
}

async fn strike(stack: &mut Stack, victim: Victim) -> anyhow::Result<()> {
    match victim {
        Victim::Program => {
            stack.program.kill9().await?;
            stack.program.spawn()
        }
        Victim::Nats => {
            stack.nats.kill9()?;
            stack.nats.restart().await
        }
        Victim::NatsStore => {
            stack.nats.wipe_store().await?;
            Ok(())
        }
        Victim::Postgres => {
            let Servers::Private(postgres) = &mut stack.postgres else {
                anyhow::bail!("not a private server")
            };
            postgres.kill9()?;
            postgres.restart().await
        }
        Victim::Frozen => {
            stack.program.freeze().await?;
            stack.counts(0, "its lease to end", LIVE, PATIENCE).await?;
            stack.program.thaw().await
        }
    }
}
