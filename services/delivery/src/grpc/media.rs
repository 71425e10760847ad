//! `frontdesk.delivery.v1.MediaService`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use contract::delivery::v1::{
    FetchMediaRequest, FetchMediaResponse, MediaHead, fetch_media_request, fetch_media_response::Part,
    media_service_server::MediaService,
};
use futures_util::{Stream, StreamExt as _, stream};
use ids::ChannelId;
use rpc::{Failure, Role, parse, require};
use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use crate::dispatch::account;
use crate::providers::ChannelAccount;
use crate::providers::media::{self, File, MediaTrouble, Reach, Source, Wanted};
use crate::store::channels;

/// Files on their way at once; each may be held whole for a moment.
const AT_ONCE: usize = 8;
/// What leaves in one message.
const PIECE: usize = 64 * 1024;
/// Longer than any id a provider gives.
const ID_CHARACTERS: usize = 1024;
/// Longer than any address a provider gives.
const URL_CHARACTERS: usize = 2048;

/// The service's state.
#[derive(Clone, Debug)]
pub struct Media {
    pool: PgPool,
    reach: Reach,
    largest: u64,
    timeout: Duration,
    places: Arc<Semaphore>,
}

impl Media {
    /// Hands out files of at most `largest` bytes, each within `timeout`.
    pub fn new(pool: PgPool, reach: Reach, largest: u64, timeout: Duration) -> Self {
        Self { pool, reach, largest, timeout, places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    async fn account(&self, channel: ChannelId) -> Result<ChannelAccount, Failure> {
        let rows = channels::read(&self.pool, &[channel.uuid()]).await.map_err(Failure::internal)?;
        // Nothing is sent, so nobody has to be told where to report.
        let (_, account) = account::of_all(rows, "".into())
            .await
            .pop()
            .ok_or_else(|| Failure::not_found("channel", channel))?;
        account.map_err(|unusable| {
            Failure::unavailable(unusable.why, "mend the channel's declaration, then ask again")
        })
    }
}

#[tonic::async_trait]
impl MediaService for Media {
    type FetchMediaStream = Pin<Box<dyn Stream<Item = Result<FetchMediaResponse, Status>> + Send>>;

    async fn fetch_media(
        &self,
        request: Request<FetchMediaRequest>,
    ) -> Result<Response<Self::FetchMediaStream>, Status> {
        require(&request, Role::Operator)?;
        let (channel, wanted) = read(request.into_inner(), self.largest)?;
        let place = self.places.clone().try_acquire_owned().map_err(|_| {
            Failure::exhausted("as many files as may be are on their way", "ask again in a second")
        })?;
        let account = self.account(channel).await?;
        let deadline = Instant::now() + self.timeout;
        let file = media::fetch(&self.reach, &account, &wanted, deadline).await.map_err(failure)?;
        Ok(Response::new(pieces(file, place)))
    }
}

fn read(asked: FetchMediaRequest, largest: u64) -> Result<(ChannelId, Wanted), Failure> {
    let channel = parse::id("channel_id", &asked.channel_id)?;
    let message = parse::text("provider_id", &asked.provider_id, ID_CHARACTERS)?;
    let source = match asked.source {
        None => Source::Message,
        Some(fetch_media_request::Source::MediaId(id)) => {
            Source::Id(parse::text("media_id", &id, ID_CHARACTERS)?)
        }
        Some(fetch_media_request::Source::Url(url)) => Source::Url(parse::text("url", &url, URL_CHARACTERS)?),
    };
    let wished = match u64::try_from(asked.largest) {
        Ok(0) => largest,
        Ok(wished) => wished.min(largest),
        Err(_) => return Err(Failure::invalid("largest", "is negative", "give a number of bytes, or 0")),
    };
    Ok((channel, Wanted { message, source, largest: wished }))
}

/// The head, then the content.
fn pieces(file: File, place: OwnedSemaphorePermit) -> <Media as MediaService>::FetchMediaStream {
    let head = MediaHead {
        content_type: file.content_type.clone().unwrap_or_default(),
        sha256: file.sha256.clone().unwrap_or_default(),
    };
    let content = stream::unfold(Some((file, place)), |state| async {
        let (mut file, place) = state?;
        match file.piece().await {
            Ok(Some(piece)) => Some((Ok(piece), Some((file, place)))),
            Ok(None) => None,
            Err(trouble) => Some((Err(Status::from(failure(trouble))), None)),
        }
    });
    let content = content.flat_map(|piece| {
        let parts: Vec<Result<FetchMediaResponse, Status>> = match piece {
            Ok(bytes) => bytes.chunks(PIECE).map(|part| Ok(answer(Part::Content(part.to_vec())))).collect(),
            Err(status) => vec![Err(status)],
        };
        stream::iter(parts)
    });
    Box::pin(stream::iter([Ok(answer(Part::Head(head)))]).chain(content))
}

fn answer(part: Part) -> FetchMediaResponse {
    FetchMediaResponse { part: Some(part) }
}

/// What may pass is UNAVAILABLE, what never will is FAILED_PRECONDITION.
fn failure(trouble: MediaTrouble) -> Failure {
    let words = trouble.to_string();
    match trouble {
        MediaTrouble::Gone => {
            Failure::not_found("file", "of this message at the provider").reason("MEDIA_GONE")
        }
        MediaTrouble::TooLarge(_) => {
            Failure::precondition(words, "ask the customer for a smaller one, or raise the limit")
                .reason("MEDIA_TOO_LARGE")
        }
        MediaTrouble::Elsewhere(_) | MediaTrouble::Misnamed => {
            Failure::precondition(words, "look at the message as the provider sent it")
                .reason("MEDIA_ELSEWHERE")
        }
        MediaTrouble::Refused(_) => {
            Failure::unavailable(words, "check the channel's key").reason("MEDIA_KEY_REFUSED")
        }
        MediaTrouble::Failed(_) => Failure::unavailable(words, "ask again later").reason("MEDIA_FAILED"),
    }
}
