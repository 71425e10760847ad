use bootstrap::Channel;
use ids::ChannelId;
use jiff::{SignedDuration, Timestamp};

use super::{By, Desk, Refused, declaration, rotate::rotatable};
use crate::store::channels;

/// A secret that proved a webhook within this time is in use.
const QUIET: SignedDuration = SignedDuration::from_hours(1);

impl Desk {
    /// Ends the time of the secret before the present one; a file that was made for it is removed.
    ///
    /// # Errors
    /// When there is none, or the provider used it within the last hour and not `even_if_used`.
    pub async fn retire(
        &self,
        id: ChannelId,
        name: &str,
        even_if_used: bool,
        by: &By,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let mut tx = self.pool.begin().await?;
        let row = Self::lock(&mut tx, id).await?;
        let name = rotatable(&row.provider, name)?;
        let previous = format!("{name}_previous");
        let Some(old) = row.secrets.get(&previous) else {
            return Err(Refused::NothingToRetire(name.to_owned()));
        };
        if !even_if_used
            && let Some(at) = channels::door_notes(&self.pool, id).await?.get(&previous)
            && now.duration_since(*at) < QUIET
        {
            return Err(Refused::StillUsed { name: name.to_owned(), at: *at });
        }
        let mut table = declaration::of_row(&row);
        declaration::edit_secrets(&mut table, |secrets| secrets.remove(&previous));
        let channel = Channel::parse(table)?;
        let changed = [format!("secrets.{previous}")];
        let disabled = row.disabled_at.is_some();
        Self::write(&mut tx, row.tenant_id, &channel, disabled, ("retired", &changed), by).await?;
        tx.commit().await?;
        self.forget(old).await;
        Ok(())
    }
}
