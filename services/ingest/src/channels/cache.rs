//! The channels in memory. No request waits for the database unless it names a channel nobody has heard of.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::channel::Channel;
use super::directory::Directory;
use crate::metrics;
use crate::store::channels::{self, Version};

/// How often the table is looked at.
const TICK: Duration = Duration::from_secs(3);
/// How long two looks that misses ask for are apart, so that strangers cannot make the database busy.
const APART: Duration = Duration::from_millis(250);
/// How long secrets are kept before they are fetched again: files can change without the row.
const SECRETS_KEPT: Duration = Duration::from_secs(30);

/// The channels, kept fresh. Clones share one table.
#[derive(Debug, Clone)]
pub struct Channels(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    directory: RwLock<Arc<Directory>>,
    /// One look at a time; holds when the last began and what it found.
    last: Mutex<Option<Look>>,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    began: Instant,
    version: Version,
    /// When the secrets were fetched.
    loaded: Instant,
}

impl Channels {
    /// An empty cache over `ingest.channel`.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self(Arc::new(Inner { pool, directory: RwLock::default(), last: Mutex::new(None) }))
    }

    /// The table as it is now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.0.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The table after a look that began after this call; for a request that names an unknown channel. Callers that
    /// wait at the same time share one look.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn fresh(&self) -> Result<Arc<Directory>, sqlx::Error> {
        let asked = Instant::now();
        let mut last = self.0.last.lock().await;
        if let Some(look) = *last {
            if look.began > asked {
                return Ok(self.directory());
            }
            tokio::time::sleep_until(look.began + APART).await;
        }
        self.look(&mut last).await?;
        Ok(self.directory())
    }

    /// Looks once.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn refresh(&self) -> Result<(), sqlx::Error> {
        let mut last = self.0.last.lock().await;
        self.look(&mut last).await
    }

    /// Looks every few seconds until stopped.
    pub async fn keep_fresh(self, stopping: CancellationToken) -> anyhow::Result<()> {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(tick.tick()).await.is_some() {
            self.note(&self.directory()).await;
            if let Err(error) = self.refresh().await {
                tracing::warn!(error = %error, "cannot look for changed channels; going on with those known");
            }
        }
        Ok(())
    }

    /// Writes down what was noticed at the doors. What cannot be written is forgotten: it will be noticed again.
    async fn note(&self, directory: &Directory) {
        let notes = directory.notes();
        if !notes.is_empty()
            && let Err(error) = channels::note(&self.0.pool, &notes).await
        {
            tracing::warn!(error = %error, "cannot note by which secrets webhooks are proven");
        }
    }

    async fn look(&self, last: &mut Option<Look>) -> Result<(), sqlx::Error> {
        let began = Instant::now();
        let version = channels::version(&self.0.pool).await?;
        if let Some(look) = last
            && look.version == version
            && look.loaded.elapsed() < SECRETS_KEPT
        {
            look.began = began;
            return Ok(());
        }
        let rows = channels::all(&self.0.pool).await?;
        // Fetching secrets reads files.
        let directory = tokio::task::spawn_blocking(move || build(rows)).await.unwrap_or_default();
        metrics::channels(directory.count());
        let before = {
            let mut known = self.0.directory.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *known, Arc::new(directory))
        };
        self.note(&before).await;
        *last = Some(Look { began, version, loaded: began });
        Ok(())
    }
}

fn build(rows: Vec<super::channel::Row>) -> Directory {
    let mut channels = Vec::with_capacity(rows.len());
    let mut unusable = HashMap::new();
    for row in rows {
        let slug = row.slug.clone();
        match Channel::try_new(row) {
            Ok(channel) => channels.push(channel),
            Err(cause) => {
                tracing::error!(channel = slug, cause = %cause, "channel cannot be used; its webhooks get 503");
                unusable.insert(slug, cause.to_string());
            }
        }
    }
    Directory::new(channels, unusable)
}
