//! What a storm came to, for people.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::Storm;
use super::books::{Told, times};

/// The figures of a storm that was weathered.
#[derive(Debug)]
pub struct Report {
    storm: Storm,
    states: BTreeMap<String, usize>,
    calls: i64,
    /// Said more than once, or not known to have been said.
    doubled: usize,
    missing: usize,
    struck: BTreeMap<&'static str, usize>,
    hits: BTreeMap<String, u64>,
    steps: usize,
    took: Took,
}

/// How long it took …
#[derive(Debug, Clone, Copy)]
pub(super) struct Took {
    /// … until everybody was greeted,
    pub ready: Duration,
    /// … to rage,
    pub raged: Duration,
    /// … and in all, the comparing included.
    pub in_all: Duration,
}

impl Report {
    pub(super) fn of(
        storm: Storm,
        books: &[Told],
        heard: &BTreeMap<String, Vec<String>>,
        struck: BTreeMap<&'static str, usize>,
        hits: BTreeMap<String, u64>,
        steps: usize,
        took: Took,
    ) -> Self {
        let mut states = BTreeMap::new();
        for message in books {
            *states.entry(message.state.clone()).or_default() += 1;
        }
        let count = |wanted: &dyn Fn(&&Told) -> bool| books.iter().filter(wanted).count();
        Self {
            storm,
            states,
            calls: books.iter().map(|message| message.written).sum(),
            doubled: count(&|message| times(message, heard) > 1),
            missing: count(&|message| message.state == "unknown" && times(message, heard) == 0),
            struck,
            hits,
            steps,
            took,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Storm { whose, customers, each, seed, .. } = self.storm;
        writeln!(
            out,
            "{whose:?}, seed {seed}: {} messages to {customers} customers, {} calls, {:.0?} (ready after {:.0?}, {:.0?} of storm)",
            customers * each,
            self.calls,
            self.took.in_all,
            self.took.ready,
            self.took.raged
        )?;
        writeln!(out, "  ended as {:?}", self.states)?;
        writeln!(
            out,
            "  said twice, and listed as once unknown: {}; listed as unknown and never said: {}",
            self.doubled, self.missing
        )?;
        writeln!(out, "  struck: {:?}", self.struck)?;
        writeln!(out, "  the provider's tricks: {:?}", self.hits)?;
        write!(out, "  {} steps of timelines, all complete", self.steps)
    }
}
