//! Keeps what is known of the providers' templates: lists them now and then, and says which of those that play a part cannot
//! be sent.

use std::{sync::Arc, time::Duration};

use ids::ChannelId;
use jiff::Timestamp;
use metrics::counter;
use sqlx::PgPool;
use tokio::time::Instant;
use tracing::{info, warn};
use uuid::Uuid;

use super::dispatcher::{Dispatcher, Report};
use crate::{
    domain::{outcome::Trouble, templates::Book},
    providers::{ChannelAccount, Provider, ProviderKind},
    store::templates,
};

/// A list that could not be read is read again after this.
const AGAIN: Duration = Duration::from_secs(60);

/// How long reading a whole list may take.
const LONGEST: Duration = Duration::from_secs(20);

/// Why a list was not read.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The provider did not give it.
    #[error("{}", .0.cause.advice().words)]
    Provider(Trouble),
    /// It could not be written.
    #[error("the list could not be written")]
    Store(#[from] sqlx::Error),
}

/// Reads a provider's whole list and writes it. Answers with how many templates it holds and how many changed.
pub async fn sync(
    pool: &PgPool,
    provider: &dyn Provider,
    channel: ChannelId,
    account: &ChannelAccount,
    deadline: Instant,
) -> Result<(usize, i32), SyncError> {
    let listed = provider.templates(account, deadline).await.map_err(SyncError::Provider)?;
    // A provider without templates holds none.
    let Some(listed) = listed else { return Ok((0, 0)) };
    let changed = templates::put(pool, channel, &listed, true).await?;
    Ok((listed.len(), changed))
}

impl Dispatcher {
    /// Starts to read the lists whose time has come.
    pub(super) async fn sync_templates(&mut self, now: Timestamp) -> Result<(), sqlx::Error> {
        let ready: Vec<Uuid> = self
            .channels
            .owned
            .iter()
            .filter(|(_, owned)| owned.templates_due_at <= now)
            .filter(|(_, owned)| owned.account.as_ref().is_ok_and(ChannelAccount::has_templates))
            .map(|(id, _)| id.uuid())
            .collect();
        if ready.is_empty() {
            return Ok(());
        }
        let next = |wait: Duration| now.checked_add(wait).unwrap_or(Timestamp::MAX);
        for channel in templates::take_due(&self.pool, &ready, now, next(AGAIN)).await? {
            let Some(owned) = self.channels.owned.get_mut(&channel) else { continue };
            owned.templates_due_at = next(AGAIN);
            let Ok(account) = owned.account.clone() else { continue };
            let (pool, provider): (PgPool, Arc<dyn Provider>) = (self.pool.clone(), self.provider.clone());
            let reports = self.reports.clone();
            let later = next(self.options.templates_every);
            tokio::spawn(async move {
                let read = sync(&pool, provider.as_ref(), channel, &account, Instant::now() + LONGEST).await;
                note(channel, &read);
                if read.is_err() {
                    // A loop that has ended needs no report.
                    let _gone = reports.send(Report::NotListed { channel });
                } else if let Err(error) = templates::due_at(&pool, channel, later).await {
                    warn!(%channel, %error, "the next reading of templates not put off; they are read again in a minute");
                }
            });
        }
        Ok(())
    }
}

fn note(channel: ChannelId, read: &Result<(usize, i32), SyncError>) {
    let result = if read.is_ok() { "read" } else { "failed" };
    counter!("frontdesk_delivery_template_lists_total", "result" => result).increment(1);
    match read {
        Ok((templates, changed)) if *changed > 0 => info!(%channel, templates, changed, "templates listed"),
        Ok(_) => {}
        Err(SyncError::Provider(trouble)) => warn!(
            %channel, cause = trouble.cause.as_str(), code = trouble.code.as_deref(),
            next_step = trouble.cause.advice().next_step, "templates not listed; the ones known before stay"
        ),
        Err(error) => warn!(%channel, %error, "templates not listed; the ones known before stay"),
    }
}

/// Says which templates that play a part cannot be sent, once per change of the book. Answers with how many.
pub(super) fn tell_troubles(channel: &str, kind: ProviderKind, book: &Book) -> usize {
    let troubles = book.troubles(kind);
    let many = troubles.len();
    for (part, trouble) in troubles {
        warn!(
            channel,
            part,
            cause = trouble.words,
            next_step = trouble.cause.advice().next_step,
            "a template that plays a part cannot be sent"
        );
    }
    many
}
