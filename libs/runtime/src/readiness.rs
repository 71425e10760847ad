use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Whether a service may be sent work. It has one latch per thing it needs and is ready while all are open.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<&'static str, State>>>);

/// One thing that a service needs. Clones are the same latch.
#[derive(Debug, Clone)]
pub struct Latch {
    name: &'static str,
    all: Readiness,
}

#[derive(Debug, Clone)]
enum State {
    Open,
    Closed { why: String },
}

impl Readiness {
    /// A service that needs nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a latch, closed until it is opened. The same name gives the same latch.
    pub fn latch(&self, name: &'static str) -> Latch {
        self.lock().entry(name).or_insert_with(|| State::Closed { why: "not started yet".to_owned() });
        Latch { name, all: self.clone() }
    }

    /// The closed latches and why they are closed; empty means ready.
    pub fn closed(&self) -> BTreeMap<&'static str, String> {
        let all = self.lock();
        all.iter()
            .filter_map(|(name, state)| match state {
                State::Open => None,
                State::Closed { why } => Some((*name, why.clone())),
            })
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Latch {
    /// The thing is there.
    pub fn open(&self) {
        let before = self.all.lock().insert(self.name, State::Open);
        if matches!(before, Some(State::Closed { .. })) {
            tracing::info!(latch = self.name, "latch opened");
        }
    }

    /// The thing is not there. `why` is shown by `/readyz`: cause and next step, no secrets, no customers' data.
    pub fn close(&self, why: impl Into<String>) {
        let why = why.into();
        let before = self.all.lock().insert(self.name, State::Closed { why: why.clone() });
        if matches!(before, Some(State::Open)) {
            tracing::warn!(latch = self.name, why, "latch closed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_only_while_every_latch_is_open() {
        let readiness = Readiness::new();
        assert!(readiness.closed().is_empty());
        let database = readiness.latch("database");
        let broker = readiness.latch("broker");
        assert_eq!(readiness.closed().len(), 2);
        database.open();
        broker.open();
        assert!(readiness.closed().is_empty());
        broker.close("no answer; check that it runs");
        assert_eq!(
            readiness.closed(),
            BTreeMap::from([("broker", "no answer; check that it runs".to_owned())])
        );
    }

    #[test]
    fn the_same_name_is_the_same_latch() {
        let readiness = Readiness::new();
        readiness.latch("database").open();
        assert!(readiness.latch("database").all.closed().is_empty());
    }
}
