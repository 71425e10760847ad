//! The front door: one port for the plain HTTP of all services in a process.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;

/// Routes that the services of a process hand to whoever keeps its public port. Clones are the same door.
///
/// Each router comes complete, with its own tokens, limits and refusals: whoever keeps the port only looks who answers.
#[derive(Clone, Default)]
pub struct Front(Arc<RwLock<Vec<(&'static str, Router)>>>);

impl Front {
    /// From now on `router` answers for these paths and everything below them.
    pub fn hand(&self, paths: &[&'static str], router: &Router) {
        let mut handed = self.0.write().unwrap_or_else(PoisonError::into_inner);
        handed.extend(paths.iter().map(|path| (*path, router.clone())));
    }

    /// Who answers for this path; nobody, or nobody yet.
    #[must_use]
    pub fn who(&self, path: &str) -> Option<Router> {
        let handed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let below = |known: &str| {
            path.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        handed.iter().find(|(known, _)| below(known)).map(|(_, router)| router.clone())
    }
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_list().entries(handed.iter().map(|(path, _)| path)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_answered_for_whole_or_below_and_not_beside() {
        let front = Front::default();
        assert!(front.who("/api/messages").is_none());
        front.clone().hand(&["/api/messages", "/metrics"], &Router::new());
        for path in ["/api/messages", "/api/messages/", "/api/messages/msg_1", "/metrics"] {
            assert!(front.who(path).is_some(), "{path}");
        }
        for path in ["/", "/api", "/api/messagess", "/api/bookings", "/webhooks/meta"] {
            assert!(front.who(path).is_none(), "{path}");
        }
    }
}
