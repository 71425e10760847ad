//! The providers' wire formats: first `verify` on the raw bytes, then `parse` into [`crate::domain`] events. Pure.

pub mod evolution;
pub mod meta;
pub mod twilio;

mod constant_time;
mod form;
mod loose;
mod time;
mod vcard;

pub use constant_time::SecretDigest;

/// Who sends us webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Evolution API v2.
    Evolution,
    /// Meta WhatsApp Business Cloud API.
    Meta,
    /// Twilio Programmable Messaging.
    Twilio,
}

impl Provider {
    /// All of them, for tables and metrics.
    pub const ALL: [Self; 3] = [Self::Evolution, Self::Meta, Self::Twilio];

    /// As it stands in URLs, rows and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evolution => "evolution",
            Self::Meta => "meta",
            Self::Twilio => "twilio",
        }
    }
}

/// Why a request is not from whom it claims. Says nothing a forger could use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// There is no credential.
    #[error("no signature or token was given")]
    Missing,
    /// The credential is not of the right form.
    #[error("the signature or token is not well formed")]
    Malformed,
    /// The credential is another's, or the body or URL was changed.
    #[error("the signature or token does not match")]
    Mismatch,
    /// The credential was good once.
    #[error("the token expired too long ago")]
    Expired,
}
