//! What a transition did.

/// A transition either changes the value or finds that nothing is left to change. Both are fine: what arrives
/// twice, late or out of order is normal here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Change<T> {
    /// The value after the change; store it.
    Applied(T),
    /// Nothing to store.
    Already,
}

impl<T> Change<T> {
    /// [`Change::Applied`] when `next` differs from `current`.
    pub(crate) fn between(current: &T, next: T) -> Self
    where
        T: PartialEq,
    {
        if *current == next { Self::Already } else { Self::Applied(next) }
    }

    /// The value that holds after the transition.
    pub fn or(self, current: T) -> T {
        match self {
            Self::Applied(next) => next,
            Self::Already => current,
        }
    }

    /// Whether something is to be stored.
    pub fn is_applied(&self) -> bool {
        matches!(self, Self::Applied(_))
    }
}
