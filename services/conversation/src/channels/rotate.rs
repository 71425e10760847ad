use bootstrap::Channel;
use ids::ChannelId;
use toml::Value;

use super::{By, Desk, MadeUp, Refused, declaration};

impl Desk {
    /// Gives a secret a successor: the one kept at `reference`, or one that is made up. Until [`Desk::retire`] both are good.
    ///
    /// # Errors
    /// When no webhook is verified by it, or the one before it is still good.
    pub async fn rotate(
        &self,
        id: ChannelId,
        name: &str,
        reference: Option<&str>,
        by: &By,
    ) -> Result<Option<MadeUp>, Refused> {
        let mut tx = self.pool.begin().await?;
        let row = Self::lock(&mut tx, id).await?;
        let name = rotatable(&row.provider, name)?;
        let previous = format!("{name}_previous");
        if row.secrets.contains_key(&previous) {
            return Err(Refused::BeingReplaced(name.to_owned()));
        }
        let made_up = match reference {
            Some(_) => None,
            None => Some(self.make_up(&row.slug, name).await?),
        };
        let successor = match (reference, &made_up) {
            (Some(reference), _) => reference.to_owned(),
            (None, Some(made)) => made.reference.to_string(),
            (None, None) => return Err(Refused::NoFolder),
        };
        let mut table = declaration::of_row(&row);
        declaration::edit_secrets(&mut table, |secrets| {
            let old = secrets.insert(name.into(), Value::String(successor));
            secrets.extend(old.map(|old| (previous, old)));
        });
        let changed = [format!("secrets.{name}")];
        let written = async {
            let channel = Channel::parse(table)?;
            let disabled = row.disabled_at.is_some();
            Self::write(&mut tx, row.tenant_id, &channel, disabled, ("rotated", &changed), by).await?;
            Ok(tx.commit().await?)
        };
        match (written.await, made_up) {
            (Ok(()), made_up) => Ok(made_up),
            (Err(refused), made_up) => {
                if let Some(made) = made_up {
                    self.forget(&made.reference.to_string()).await;
                }
                Err(refused)
            }
        }
    }
}

pub(super) fn rotatable(provider: &str, name: &str) -> Result<&'static str, Refused> {
    let known = Channel::rotatable(provider);
    known
        .iter()
        .find(|known| **known == name)
        .copied()
        .ok_or_else(|| Refused::NotRotatable { name: name.to_owned(), rotatable: known.join(", ") })
}
