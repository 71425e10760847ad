use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Failure;

/// How many calls a server works on at once. Beyond that, saying so at once is kinder than letting everybody wait.
const CALLS: usize = 256;

/// Lets in as many calls as can be worked on.
#[derive(Debug, Clone)]
pub(crate) struct Admission(Arc<Semaphore>);

impl Admission {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(CALLS)))
    }

    /// A place, given back when dropped.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            Failure::exhausted("the service is working on as many calls as it can", "ask again in a second")
                .reason("OVERLOADED")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_too_many_is_told_so_and_a_finished_one_makes_room() {
        let admission = Admission::new();
        let mut inside: Vec<_> = (0..CALLS).map(|_| admission.enter()).collect();
        assert!(inside.iter().all(Result::is_ok));
        assert!(admission.enter().is_err_and(|failure| failure.reason == "OVERLOADED"));
        inside.pop();
        assert!(admission.enter().is_ok());
    }
}
