//! Delivery's side of fetching files: answers as it is told to.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::delivery::v1::fetch_media_response::Part;
use contract::delivery::v1::media_service_server::{MediaService, MediaServiceServer};
use contract::delivery::v1::{FetchMediaRequest, FetchMediaResponse, MediaHead};
use conversation::clients::Files;
use conversation::media::objects::{Folder, Objects};
use conversation::media::{Config, Handler};
use futures_util::{Stream, stream};
use rpc::Failure;
use runtime::Lifecycle;
use settings::{Auth, Loader};
use tempfile::TempDir;
use tonic::{Request, Response, Status};

/// What the provider does with the next requests.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Hands this out, with the digest it claims for it.
    File { content_type: &'static str, sha256: &'static str, content: &'static [u8] },
    /// Asks to come again.
    Unavailable,
    /// Never.
    TooLarge,
}

#[derive(Clone)]
struct Fake(Arc<Mutex<Answer>>);

#[tonic::async_trait]
impl MediaService for Fake {
    type FetchMediaStream = Pin<Box<dyn Stream<Item = Result<FetchMediaResponse, Status>> + Send>>;

    async fn fetch_media(
        &self,
        _: Request<FetchMediaRequest>,
    ) -> Result<Response<Self::FetchMediaStream>, Status> {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (content_type, sha256, content) = match answer {
            Answer::File { content_type, sha256, content } => (content_type, sha256, content),
            Answer::Unavailable => return Err(Failure::unavailable("the server is away", "ask again").into()),
            Answer::TooLarge => {
                return Err(Failure::precondition("the file is too large", "ask for less").into());
            }
        };
        let head = MediaHead { content_type: content_type.to_owned(), sha256: sha256.to_owned() };
        let pieces = content.chunks(7).map(|piece| Part::Content(piece.to_vec()));
        let parts: Vec<_> = std::iter::once(Part::Head(head))
            .chain(pieces)
            .map(|part| Ok(FetchMediaResponse { part: Some(part) }))
            .collect();
        Ok(Response::new(Box::pin(stream::iter(parts))))
    }
}

/// A running delivery and a handler that asks it.
pub struct Provider {
    pub handler: Handler,
    answer: Arc<Mutex<Answer>>,
    _lifecycle: Lifecycle,
    _folder: TempDir,
}

impl Provider {
    pub async fn start(answer: Answer) -> anyhow::Result<Self> {
        let (answer, lifecycle) = (Arc::new(Mutex::new(answer)), Lifecycle::new());
        let auth = Auth { service_token: "service".into(), ..Auth::default() };
        let bound = rpc::Server::new("127.0.0.1:0".parse()?, &auth)
            .with_service(MediaServiceServer::new(Fake(answer.clone())))
            .serve(lifecycle.clone())
            .await?;
        let client = rpc::connect(&format!("http://{bound}"), &auth.service_token)?;
        let folder = tempfile::tempdir()?;
        let config: Config =
            Loader::new().defaults(conversation::SERVICE.defaults).load()?.section("media")?;
        let handler = Handler {
            files: Files::new(client, Duration::from_secs(20)),
            objects: Objects::Folder(Folder::new(folder.path())),
            transcriber: None,
            config,
        };
        Ok(Self { handler, answer, _lifecycle: lifecycle, _folder: folder })
    }

    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }
}
