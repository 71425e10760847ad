//! `frontdesk.delivery.v1.MediaService`: delivery has the providers' accounts, so it fetches their files.

use std::time::Duration;

use bytes::Bytes;
use contract::delivery::v1::fetch_media_request::Source;
use contract::delivery::v1::fetch_media_response::Part;
use contract::delivery::v1::media_service_client::MediaServiceClient;
use contract::delivery::v1::{FetchMediaRequest, MediaHead};
use ids::ChannelId;
use serde::Deserialize;
use serde_json::Value;
use tonic::{Code, Status};

/// Which file.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The channel it came through.
    pub channel: ChannelId,
    /// The provider's id of its message.
    pub provider_id: &'a str,
    /// What the provider says about it, as ingest wrote it down.
    pub named: &'a Value,
    /// The most bytes wanted.
    pub largest: u64,
}

/// A file, as it was handed out.
#[derive(Debug)]
pub struct Fetched {
    /// The media type the provider names.
    pub content_type: Option<String>,
    /// SHA-256 as hexadecimal digits, where the provider names it.
    pub sha256: Option<String>,
    /// Its bytes.
    pub content: Bytes,
}

/// Why a file could not be fetched, in words for staff.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    /// It may be there later.
    #[error("{0}")]
    Later(String),
    /// It never will.
    #[error("{0}")]
    Never(String),
}

/// The client.
#[derive(Debug, Clone)]
pub struct Files {
    client: MediaServiceClient<rpc::Client>,
    timeout: Duration,
}

/// `body.media` of an item.
#[derive(Deserialize)]
struct Named {
    id: Option<String>,
    url: Option<String>,
}

impl Files {
    /// Over a connection from `rpc::connect`; a file may take `timeout`.
    pub fn new(client: rpc::Client, timeout: Duration) -> Self {
        Self { client: MediaServiceClient::new(client), timeout }
    }

    /// Fetches a file, whole.
    ///
    /// # Errors
    /// [`FilesError`].
    pub async fn fetch(&self, wanted: Wanted<'_>) -> Result<Fetched, FilesError> {
        let fetched = tokio::time::timeout(self.timeout, self.all(wanted)).await;
        fetched.unwrap_or_else(|_| Err(FilesError::Later("fetching it took too long".to_owned())))
    }

    async fn all(&self, wanted: Wanted<'_>) -> Result<Fetched, FilesError> {
        let unreadable = |_| FilesError::Never("what the provider says about it cannot be read".to_owned());
        let Named { id, url } = Named::deserialize(wanted.named).map_err(unreadable)?;
        let request = FetchMediaRequest {
            channel_id: wanted.channel.to_string(),
            provider_id: wanted.provider_id.to_owned(),
            source: id.map(Source::MediaId).or(url.map(Source::Url)),
            largest: i64::try_from(wanted.largest).unwrap_or(i64::MAX),
        };
        let mut parts = self.client.clone().fetch_media(request).await.map_err(error)?.into_inner();
        let (mut head, mut content) = (MediaHead::default(), Vec::new());
        while let Some(part) = parts.message().await.map_err(error)? {
            match part.part {
                Some(Part::Head(said)) => head = said,
                Some(Part::Content(bytes)) => content.extend_from_slice(&bytes),
                None => {}
            }
            if content.len() as u64 > wanted.largest {
                return Err(FilesError::Never("it is larger than it may be".to_owned()));
            }
        }
        Ok(Fetched {
            content_type: Some(head.content_type).filter(|said| !said.is_empty()),
            sha256: Some(head.sha256).filter(|said| !said.is_empty()),
            content: content.into(),
        })
    }
}

fn error(status: Status) -> FilesError {
    let words = status.message().to_owned();
    match status.code() {
        Code::FailedPrecondition | Code::InvalidArgument | Code::Unimplemented => FilesError::Never(words),
        Code::NotFound => FilesError::Later("the provider does not have the file".to_owned()),
        _ => FilesError::Later(words),
    }
}
