use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use uuid::Uuid;

/// The keys that something in this process works on. Reconcile hands everything else back.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Mutex<HashSet<Uuid>>>);

/// A key is worked on until this is dropped, however the run ends.
#[derive(Debug)]
pub struct Entry {
    running: Running,
    key: Uuid,
}

impl Running {
    /// Notes the key. `None`: it is worked on already.
    pub fn enter(&self, key: Uuid) -> Option<Entry> {
        self.lock().insert(key).then(|| Entry { running: self.clone(), key })
    }

    /// A copy, for reconcile.
    pub fn keys(&self) -> HashSet<Uuid> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        // The set is whole after any panic: insert and remove do not stop half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.running.lock().remove(&self.key);
    }
}
