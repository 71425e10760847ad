use bootstrap::Problem;
use jiff::Timestamp;

/// Why a channel is not changed. Texts go to whoever asked; none holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// What was declared cannot be, with all that is wrong.
    #[error("the declaration has {} problems", .0.len())]
    Declared(Vec<Problem>),
    /// Nothing has this id.
    #[error("there is no such {0}")]
    NotThere(&'static str),
    /// The bootstrap file declares it.
    #[error("the channel is declared in the bootstrap file, which is applied again at every start")]
    OfTheFile,
    /// Another channel has the name.
    #[error("there is another channel of this name")]
    Exists,
    /// Another channel has the number.
    #[error("another channel has this phone_number_id")]
    NumberTaken,
    /// Messages wait behind it.
    #[error("{0} messages wait to be sent through it")]
    Waiting(i64),
    /// No webhook is verified by it.
    #[error("{name} cannot be rotated; of this provider's secrets these can: {rotatable}")]
    NotRotatable {
        /// What was asked for.
        name: String,
        /// What could be asked for.
        rotatable: String,
    },
    /// The one before it is still good.
    #[error("{0} is being replaced already")]
    BeingReplaced(String),
    /// Nothing is being replaced.
    #[error("{0} is not being replaced")]
    NothingToRetire(String),
    /// The provider still uses it.
    #[error("the provider used the old {name} at {at}")]
    StillUsed {
        /// The secret.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// There is nowhere to keep a secret that is made up.
    #[error("conversation.secrets_folder is not set, so no secret can be made up")]
    NoFolder,
    /// The folder does not take one.
    #[error("the secret could not be written into conversation.secrets_folder: {0}")]
    Folder(std::io::Error),
    /// The database.
    #[error("the database refused")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        let constraint = error.as_database_error().and_then(|error| error.constraint());
        match constraint {
            Some("channel_meta_number") => Self::NumberTaken,
            Some("channel_slug_key") => Self::Exists,
            _ => Self::Database(error),
        }
    }
}

impl From<Vec<Problem>> for Refused {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Declared(problems)
    }
}
