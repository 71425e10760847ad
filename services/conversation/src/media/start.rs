use std::sync::Arc;

use anyhow::Context;
use bus::Bus;
use runtime::Lifecycle;
use settings::{Secret, Settings};
use sqlx::PgPool;
use tracing::warn;

use super::link::Links;
use super::objects::Objects;
use super::transcribe::Transcriber;
use super::{Config, Handler, Nudge, TranscriptionConfig, keep, work};
use crate::clients::Files;
use crate::worker::Hearing;

/// Everything about files, as `[media]` and `[transcription]` want it.
#[derive(Debug)]
pub struct Media {
    handler: Arc<Handler>,
    links: Option<Links>,
    patience: std::time::Duration,
}

impl Media {
    /// Connects nothing yet. `delivery` is where its gRPC is.
    ///
    /// # Errors
    /// When a setting cannot be used; it is named.
    pub fn try_new(settings: &Settings, delivery: &str, token: &Secret) -> anyhow::Result<Self> {
        let config: Config = settings.section("media")?;
        let transcription: TranscriptionConfig = settings.section("transcription")?;
        let links = Links::try_new(&config.link_signing_key, &config.public_url, config.link_expires.into())
            .context("media.link_signing_key")?;
        if links.is_none() {
            warn!(
                "no links to files can be made (media.link_signing_key); staff cannot look at what customers send"
            );
        }
        let client = rpc::connect(delivery, token).context("conversation.delivery")?;
        let handler = Handler {
            files: Files::new(client, config.timeout.into()),
            objects: Objects::try_new(&config)?,
            transcriber: Transcriber::try_new(&transcription)?.map(Arc::new),
            config,
        };
        Ok(Self { handler: Arc::new(handler), links, patience: transcription.wait.into() })
    }

    /// Starts fetching and forgetting. Answers with how turns wait for voice notes; `None`: nobody writes them down.
    pub fn start(&self, pool: &PgPool, bus: &Bus, lifecycle: &Lifecycle) -> Option<Hearing> {
        lifecycle.spawn("media_kept", keep(pool.clone(), self.objects(), lifecycle.stopping()));
        if !self.handler.config.fetch {
            warn!("customers' files are not fetched (media.fetch)");
            return None;
        }
        let nudge = Nudge::default();
        let working = work(pool.clone(), bus.clone(), self.handler.clone(), nudge.clone(), lifecycle.clone());
        lifecycle.spawn("media", async move {
            working.await;
            Ok(())
        });
        self.handler.transcriber.is_some().then_some(Hearing { patience: self.patience, nudge })
    }

    /// Where the bytes are.
    #[must_use]
    pub fn objects(&self) -> Objects {
        self.handler.objects.clone()
    }

    /// What makes links; `None`: there are none.
    #[must_use]
    pub fn links(&self) -> Option<Links> {
        self.links.clone()
    }
}
