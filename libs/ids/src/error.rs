use thiserror::Error;

/// Why a text is not an id of the wanted kind. The text itself is not repeated: it may be anything a caller sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdError {
    /// The text does not start with this kind's prefix.
    #[error("not a {kind}: it must start with \"{prefix}_\"")]
    Prefix {
        /// The type that was asked for.
        kind: &'static str,
        /// What its texts start with.
        prefix: &'static str,
    },
    /// The prefix is right, but what follows is not an id.
    #[error("not a {kind}: \"{prefix}_\" must be followed by exactly 32 lower-case hexadecimal digits")]
    Digits {
        /// The type that was asked for.
        kind: &'static str,
        /// What its texts start with.
        prefix: &'static str,
    },
}
