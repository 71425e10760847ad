use addressing::WaId;

/// Whether a channel can carry messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelState {
    /// It can.
    Open {
        /// The number it is paired with.
        own: Option<WaId>,
    },
    /// It is trying, or waits for a code to be scanned.
    Connecting,
    /// The session is gone; a person must pair again.
    Closed {
        /// The bridge's disconnect code: 401 logged out, 403 banned, …
        code: Option<i64>,
    },
    /// Pairing was given up.
    Refused {
        /// The bridge's reason.
        code: Option<i64>,
    },
}

impl ChannelState {
    /// As the conversation service calls it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Connecting => "connecting",
            Self::Closed { .. } => "closed",
            Self::Refused { .. } => "refused",
        }
    }

    /// The bridge's code, where one came along.
    #[must_use]
    pub const fn code(&self) -> Option<i64> {
        match self {
            Self::Open { .. } | Self::Connecting => None,
            Self::Closed { code } | Self::Refused { code } => *code,
        }
    }
}

/// An error of the channel as a whole, such as a rate limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSignal {
    /// The provider's code.
    pub code: Option<i64>,
    /// The provider's words for it.
    pub title: Option<String>,
}

/// News about pairing a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// A new code is to be had from the bridge for 45 seconds.
    CodeMade,
    /// No more codes are made until somebody asks again.
    AttemptsUsedUp,
}
