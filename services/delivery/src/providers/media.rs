//! Files that customers sent, fetched from whoever has them.
//!
//! An address in a webhook or in an answer is somebody else's word: only hosts of the provider are called ([`hosts`]), the
//! channel's key goes only where it belongs, and no name may lead into our own network unless the channel's provider is
//! itself there ([`reach`]).

use bytes::Bytes;
use reqwest::{Response, Url};
use tokio::time::{Instant, timeout_at};

use crate::providers::{ChannelAccount, evolution, meta, twilio};

mod follow;
mod hosts;
mod reach;

pub(in crate::providers) use follow::{Road, follow, send};
pub use reach::Reach;

/// Which file is wanted. Its debug form tells nothing about the customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The provider's id of the message it came with.
    pub message: String,
    /// Where the provider has it.
    pub source: Source,
    /// The most bytes that are taken.
    pub largest: u64,
}

/// Where a provider has a file.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// Under the id of the message.
    Message,
    /// Under an id of its own.
    Id(String),
    /// At an address.
    Url(String),
}

/// A file, its content still coming or already here.
pub struct File {
    /// The media type the provider names.
    pub content_type: Option<String>,
    /// SHA-256 as hexadecimal digits, where the provider names it.
    pub sha256: Option<String>,
    content: Content,
    largest: u64,
    left: u64,
    deadline: Instant,
}

enum Content {
    Here(Option<Bytes>),
    Coming(Response),
}

/// Why a file cannot be had. Safe to store and to show: no address, no key, no id of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaTrouble {
    /// The provider has it no more, or not yet.
    #[error("the provider does not have the file")]
    Gone,
    /// It is too large.
    #[error("the file is larger than {0} bytes")]
    TooLarge(u64),
    /// It is said to be somewhere that is not the provider.
    #[error("the file's address leads to {0}, which is none of the provider's hosts")]
    Elsewhere(String),
    /// This provider's files are named otherwise.
    #[error("the file is named in a way this channel's provider does not know")]
    Misnamed,
    /// The key was refused.
    #[error("the provider refused the channel's key ({0})")]
    Refused(u16),
    /// Anything else; it may pass.
    #[error("the provider did not hand the file out: {0}")]
    Failed(String),
}

/// Asks the channel's provider for a file.
///
/// # Errors
/// [`MediaTrouble`]; [`File::piece`] may add its own.
pub async fn fetch(
    reach: &Reach,
    account: &ChannelAccount,
    wanted: &Wanted,
    deadline: Instant,
) -> Result<File, MediaTrouble> {
    match account {
        ChannelAccount::Evolution(account) => evolution::fetch(reach, account, wanted, deadline).await,
        ChannelAccount::Meta(account) => meta::fetch(reach, account, wanted, deadline).await,
        ChannelAccount::Twilio(account) => twilio::fetch(reach, account, wanted, deadline).await,
    }
}

impl File {
    /// A file that came whole.
    pub(in crate::providers) fn here(
        content_type: Option<String>,
        content: Bytes,
        deadline: Instant,
    ) -> Self {
        Self {
            content_type,
            sha256: None,
            content: Content::Here(Some(content)),
            largest: 0,
            left: 0,
            deadline,
        }
    }

    /// A file that is the body of an answer. Refused at once when the answer says that it is too large.
    pub(in crate::providers) fn coming(
        response: Response,
        largest: u64,
        deadline: Instant,
    ) -> Result<Self, MediaTrouble> {
        if response.content_length().is_some_and(|length| length > largest) {
            return Err(MediaTrouble::TooLarge(largest));
        }
        let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self {
            content_type,
            sha256: None,
            content: Content::Coming(response),
            largest,
            left: largest,
            deadline,
        })
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When it breaks off, takes too long or turns out to be too large.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, MediaTrouble> {
        let response = match &mut self.content {
            Content::Here(content) => return Ok(content.take()),
            Content::Coming(response) => response,
        };
        let piece = match timeout_at(self.deadline, response.chunk()).await {
            Ok(Ok(piece)) => piece,
            Ok(Err(_)) => return Err(MediaTrouble::Failed("it broke off".to_owned())),
            Err(_) => return Err(MediaTrouble::Failed("it took too long".to_owned())),
        };
        let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
        self.left = self.left.checked_sub(length).ok_or(MediaTrouble::TooLarge(self.largest))?;
        Ok(piece)
    }

    /// The whole content.
    ///
    /// # Errors
    /// As [`File::piece`].
    pub async fn whole(&mut self) -> Result<Bytes, MediaTrouble> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }
}

/// An address as a provider wrote it.
pub(in crate::providers) fn address(text: &str) -> Result<Url, MediaTrouble> {
    text.parse().map_err(|_| MediaTrouble::Elsewhere("no web address".to_owned()))
}

/// What a status other than success means for a file.
pub(in crate::providers) fn refused(status: u16) -> MediaTrouble {
    match status {
        401 | 403 => MediaTrouble::Refused(status),
        404 | 410 => MediaTrouble::Gone,
        status => MediaTrouble::Failed(format!("it answered {status}")),
    }
}
