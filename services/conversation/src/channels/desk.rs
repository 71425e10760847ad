use std::path::PathBuf;

use bootstrap::Channel;
use ids::{ChannelId, TenantId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Refused;
use crate::store::channels::{self, ChannelRow};

/// Where channels are set up.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(super) pool: PgPool,
    pub(super) public_url: String,
    /// Where made-up secrets are kept.
    pub(super) folder: Option<PathBuf>,
}

/// Who asks, for the history.
#[derive(Clone, Debug)]
pub struct By {
    /// By whose token.
    pub role: String,
    /// The id of the call.
    pub correlation_id: Uuid,
}

impl Desk {
    /// A desk. `secrets_folder` may be empty: then no secret is made up.
    ///
    /// # Errors
    /// When the folder is none: better now than when a secret is to be kept.
    pub fn new(pool: PgPool, public_url: &str, secrets_folder: &str) -> anyhow::Result<Self> {
        let folder = (!secrets_folder.is_empty()).then(|| PathBuf::from(secrets_folder));
        if let Some(folder) = &folder {
            anyhow::ensure!(
                folder.is_absolute() && folder.is_dir(),
                "conversation.secrets_folder is not the absolute path of a folder; make it, or leave the setting empty"
            );
        }
        Ok(Self { pool, public_url: public_url.trim_end_matches('/').to_owned(), folder })
    }

    /// The channel, locked, if operators may change it.
    pub(super) async fn lock(tx: &mut PgConnection, id: ChannelId) -> Result<ChannelRow, Refused> {
        let row = channels::lock(tx, id).await?.ok_or(Refused::NotThere("channel"))?;
        if row.managed_by == channels::FILE { Err(Refused::OfTheFile) } else { Ok(row) }
    }

    /// Writes a channel and what was done to it.
    pub(super) async fn write(
        tx: &mut PgConnection,
        tenant: TenantId,
        channel: &Channel,
        disabled: bool,
        (what, fields): (&'static str, &[String]),
        by: &By,
    ) -> Result<(), Refused> {
        let house = channels::house(tx, tenant).await?.ok_or(Refused::NotThere("tenant"))?;
        channels::put(tx, tenant, channel, &house, channels::OPERATORS, disabled).await?;
        channels::note(tx, channel.id, what, &by.role, fields, by.correlation_id).await?;
        Ok(())
    }
}
