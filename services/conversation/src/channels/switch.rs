use bootstrap::Channel;
use ids::ChannelId;

use super::{By, Desk, Refused, declaration};
use crate::store::channels;

/// A channel that is off.
#[derive(Clone, Copy, Debug)]
pub struct Off {
    /// Messages that wait behind it.
    pub waiting: i64,
}

impl Desk {
    /// Switches a channel off: its webhooks are refused and its sending pauses. Nothing is deleted.
    ///
    /// # Errors
    /// When messages wait to be sent through it, unless `even_if_waiting`.
    pub async fn disable(&self, id: ChannelId, even_if_waiting: bool, by: &By) -> Result<Off, Refused> {
        let mut tx = self.pool.begin().await?;
        let row = Self::lock(&mut tx, id).await?;
        let waiting = channels::waiting(&mut tx, id).await?;
        if waiting > 0 && !even_if_waiting {
            return Err(Refused::Waiting(waiting));
        }
        if row.disabled_at.is_none() {
            let channel = Channel::parse(declaration::of_row(&row))?;
            Self::write(&mut tx, row.tenant_id, &channel, true, ("disabled", &[]), by).await?;
        }
        tx.commit().await?;
        Ok(Off { waiting })
    }

    /// Switches a channel on.
    ///
    /// # Errors
    /// When there is none, or the file declares it.
    pub async fn enable(&self, id: ChannelId, by: &By) -> Result<(), Refused> {
        let mut tx = self.pool.begin().await?;
        let row = Self::lock(&mut tx, id).await?;
        if row.disabled_at.is_some() {
            let channel = Channel::parse(declaration::of_row(&row))?;
            Self::write(&mut tx, row.tenant_id, &channel, false, ("enabled", &[]), by).await?;
        }
        Ok(tx.commit().await?)
    }
}
