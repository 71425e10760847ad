//! What is noticed at a channel's door, for whoever replaces its secrets or checks it: kept in memory by the request, written
//! every few seconds.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// What stands for a request that was refused.
pub const REFUSED: &str = "refused";
/// Nothing since it was last written.
const NOTHING: i64 = 0;

/// When each thing was last seen. Only secrets that are being replaced are watched.
#[derive(Debug)]
pub struct Seen {
    refused: AtomicI64,
    secrets: Vec<(String, AtomicI64)>,
}

impl Seen {
    /// For a channel with secrets of these names.
    pub fn of<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Self {
        let replaced = names.clone().filter_map(|name| name.strip_suffix("_previous"));
        let both = replaced.flat_map(|name| [name.to_owned(), format!("{name}_previous")]);
        Self {
            refused: AtomicI64::new(NOTHING),
            secrets: both.map(|name| (name, AtomicI64::new(NOTHING))).collect(),
        }
    }

    /// A request was proven by the secret of this name.
    pub fn proven_by(&self, name: &str, now: Timestamp) {
        if let Some((_, at)) = self.secrets.iter().find(|(known, _)| known == name) {
            at.store(now.as_millisecond(), Ordering::Relaxed);
        }
    }

    /// A request was not proven.
    pub fn refused(&self, now: Timestamp) {
        self.refused.store(now.as_millisecond(), Ordering::Relaxed);
    }

    /// Whether a secret is being replaced.
    pub fn is_watching(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// What was seen since the last call.
    pub fn take(&self) -> Vec<(String, Timestamp)> {
        let refused = std::iter::once((REFUSED, &self.refused));
        let secrets = self.secrets.iter().map(|(name, at)| (name.as_str(), at));
        refused
            .chain(secrets)
            .filter_map(|(what, at)| {
                let at = at.swap(NOTHING, Ordering::Relaxed);
                let at = (at != NOTHING).then(|| Timestamp::from_millisecond(at).ok()).flatten()?;
                Some((what.to_owned(), at))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_that_are_being_replaced_are_watched() {
        let now = Timestamp::from_second(1_772_460_930).unwrap();
        let seen = Seen::of(["auth_token", "api_key_secret"].into_iter());
        seen.proven_by("auth_token", now);
        assert!(!seen.is_watching() && seen.take().is_empty());

        let seen = Seen::of(["auth_token", "auth_token_previous"].into_iter());
        seen.proven_by("auth_token_previous", now);
        seen.refused(now);
        assert_eq!(seen.take(), [("refused".to_owned(), now), ("auth_token_previous".to_owned(), now)]);
        assert!(seen.take().is_empty(), "each is told once");
    }
}
