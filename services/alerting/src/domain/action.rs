//! What somebody did with a dead letter or a policy, for whoever asks later.

use uuid::Uuid;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The role of their token, or `policy`.
    pub role: String,
    /// Who they say they are; may be empty.
    pub asked_by: String,
    /// Of the call; in the log of every service it went through.
    pub correlation_id: Uuid,
}

impl Asker {
    /// A retry policy, which nobody has to ask.
    #[must_use]
    pub fn policy(correlation_id: Uuid) -> Self {
        Self { role: "policy".to_owned(), asked_by: String::new(), correlation_id }
    }
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// An item was appended again.
    Replay,
    /// Nothing more is to be done.
    Discard,
    /// A retry policy was made or changed.
    PutPolicy,
    /// A retry policy was ended.
    DeletePolicy,
    /// Somebody knows of an incident.
    Acknowledge,
    /// Somebody wants to hear no more of an incident.
    Close,
    /// Somebody tried whether alerts arrive.
    TestAlert,
}

impl Deed {
    /// The word stored and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Discard => "discard",
            Self::PutPolicy => "put_policy",
            Self::DeletePolicy => "delete_policy",
            Self::Acknowledge => "acknowledge",
            Self::Close => "close",
            Self::TestAlert => "test_alert",
        }
    }
}
