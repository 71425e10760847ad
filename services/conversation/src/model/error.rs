use std::time::Duration;

use thiserror::Error;

/// Why there is no answer. Holds no words of customers, models or providers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelError {
    /// The endpoint could not be reached, or hung up.
    #[error("the model endpoint cannot be reached; check its address and that it runs")]
    Connect,
    /// It took too long.
    #[error("the model endpoint did not answer in time")]
    Timeout(Phase),
    /// Too many requests.
    #[error("the model endpoint limits our rate")]
    RateLimited {
        /// How long it asks us to wait.
        wait: Option<Duration>,
    },
    /// The account has no money or quota left.
    #[error("the model account has no quota left; top it up or configure another endpoint")]
    NoQuota,
    /// It failed.
    #[error("the model endpoint failed with status {status}")]
    Server {
        /// HTTP status.
        status: u16,
        /// How long it asks us to wait.
        wait: Option<Duration>,
    },
    /// It does not accept what we sent.
    #[error(
        "the model endpoint refuses the request with status {status}; check the model's name and profile"
    )]
    BadRequest {
        /// HTTP status.
        status: u16,
    },
    /// What we sent is too long for it.
    #[error("the request is too long for the model; lower the agent's token budget")]
    TooLong,
    /// It does not know us, or not what we ask for.
    #[error("the model endpoint refuses us with status {status}; check key, address and model name")]
    Auth {
        /// HTTP status.
        status: u16,
    },
    /// It refuses to speak about this.
    #[error("the model refuses to answer")]
    Refused,
    /// It answered something that is not an answer.
    #[error("the model endpoint's answer cannot be read: {0}")]
    Malformed(&'static str),
}

/// How far an exchange came before time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Opening the connection.
    Connect,
    /// Waiting for the answer, or reading it.
    Answer,
}

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same request may succeed a moment later.
    Retry {
        /// Not earlier than this.
        wait: Option<Duration>,
    },
    /// A shorter request may succeed.
    Shrink,
    /// Nothing changes until somebody changes the configuration or pays.
    Misconfigured,
    /// This agent's requests are wrong for this model.
    BadRequest,
    /// The answer is a no.
    Refused,
    /// The endpoint works; what it says is of no use.
    Malformed,
}

impl ModelError {
    /// What can be done about it.
    pub const fn class(&self) -> Class {
        match self {
            Self::Connect | Self::Timeout(_) => Class::Retry { wait: None },
            Self::RateLimited { wait } | Self::Server { wait, .. } => Class::Retry { wait: *wait },
            Self::TooLong => Class::Shrink,
            Self::NoQuota | Self::Auth { .. } => Class::Misconfigured,
            Self::BadRequest { .. } => Class::BadRequest,
            Self::Refused => Class::Refused,
            Self::Malformed(_) => Class::Malformed,
        }
    }

    /// Its name in metrics, from a closed set.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout(_) => "timeout",
            Self::RateLimited { .. } => "rate_limited",
            Self::NoQuota => "no_quota",
            Self::Server { .. } => "server",
            Self::BadRequest { .. } => "bad_request",
            Self::TooLong => "too_long",
            Self::Auth { .. } => "auth",
            Self::Refused => "refused",
            Self::Malformed(_) => "malformed",
        }
    }
}
