use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::model::Model;
use crate::turn::breaker::{Breaker, Outcome};

/// The models that can be asked, best first, each with its breaker. Shared by all turns of a process.
#[derive(Debug, Default)]
pub struct Endpoints(Vec<Endpoint>);

impl Endpoints {
    /// Endpoints in the order in which they are tried.
    pub fn new(models: Vec<Arc<dyn Model>>) -> Self {
        Self(models.into_iter().map(|model| Endpoint { model, breaker: Mutex::default() }).collect())
    }

    /// Whether none is configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any would take a call at `now`.
    pub fn any_admits(&self, now: Timestamp) -> bool {
        self.0.iter().any(|endpoint| endpoint.breaker().admits(now))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Endpoint> {
        self.0.iter()
    }
}

/// A model and its breaker.
#[derive(Debug)]
pub struct Endpoint {
    model: Arc<dyn Model>,
    breaker: Mutex<Breaker>,
}

impl Endpoint {
    /// The model.
    pub fn model(&self) -> &dyn Model {
        self.model.as_ref()
    }

    /// Lets a call through, or not.
    pub fn admit(&self, now: Timestamp) -> bool {
        self.breaker().admit(now)
    }

    /// Learns how a call went.
    pub fn record(&self, now: Timestamp, outcome: Outcome) {
        self.breaker().record(now, outcome);
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        // A breaker is a few numbers: whatever a panicking holder left is still usable.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
