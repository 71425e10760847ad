use bootstrap::Channel;
use ids::{ChannelId, TenantId};
use toml::{Table, Value};
use uuid::Uuid;

use super::{By, Desk, MadeUp, Refused, declaration};
use crate::store::channels::{self, ChannelRow};

/// A channel that is there now.
#[derive(Debug)]
pub struct Created {
    /// Which.
    pub id: ChannelId,
    /// It was not there before.
    pub is_new: bool,
    /// What was made up for it.
    pub made_up: Option<MadeUp>,
}

/// Stands for a secret while the rest of a declaration is checked.
const TO_BE_MADE_UP: &str = "file:/to-be-made-up";

impl Desk {
    /// Makes a channel of a tenant. `declared` is what `[[tenant.channel]]` of the bootstrap file would hold; the one secret
    /// that is ours to choose may be left out. The same declaration again answers with the channel there is.
    ///
    /// # Errors
    /// When it cannot be, or another channel has the name.
    pub async fn create(&self, tenant: TenantId, mut declared: Table, by: &By) -> Result<Created, Refused> {
        let mut tx = self.pool.begin().await?;
        if channels::house(&mut tx, tenant).await?.is_none() {
            return Err(Refused::NotThere("tenant"));
        }
        let slug = declared.get("slug").and_then(Value::as_str).unwrap_or_default();
        let id = ChannelId::named(Uuid::nil(), slug);
        if let Some(there) = channels::lock(&mut tx, id).await? {
            return is_the_same(&there, tenant, declared).map(|()| Created {
                id,
                is_new: false,
                made_up: None,
            });
        }
        let left_out = declaration::left_out(&declared).filter(|_| self.folder.is_some());
        if let Some(name) = left_out {
            declaration::edit_secrets(&mut declared, |secrets| {
                secrets.insert(name.into(), TO_BE_MADE_UP.into())
            });
        }
        let mut channel = Channel::parse(declared)?;
        let made_up = match left_out {
            Some(name) => Some(self.make_up(&channel.slug, name).await?),
            None => None,
        };
        channel.secrets.extend(made_up.iter().map(|made| (made.name, made.reference.clone())));
        let written = async {
            Self::write(&mut tx, tenant, &channel, false, ("created", &[]), by).await?;
            Ok(tx.commit().await?)
        };
        match (written.await, &made_up) {
            (Ok(()), _) => Ok(Created { id, is_new: true, made_up }),
            (Err(refused), made_up) => {
                if let Some(made) = made_up {
                    self.forget(&made.reference.to_string()).await;
                }
                Err(refused)
            }
        }
    }
}

/// Whether a channel that is there is what was declared. A secret that was made up for it, and one that is being replaced,
/// need not be known to whoever asks again.
fn is_the_same(there: &ChannelRow, tenant: TenantId, mut declared: Table) -> Result<(), Refused> {
    if there.managed_by == channels::FILE {
        return Err(Refused::OfTheFile);
    }
    let left_out = declaration::left_out(&declared);
    declaration::edit_secrets(&mut declared, |secrets| {
        for (name, kept) in &there.secrets {
            if Some(name.as_str()) == left_out || name.ends_with("_previous") {
                secrets.entry(name.clone()).or_insert_with(|| kept.as_str().into());
            }
        }
    });
    let wanted = Channel::parse(declared)?;
    let is = Channel::parse(declaration::of_row(there))?;
    if there.tenant_id == tenant && wanted == is { Ok(()) } else { Err(Refused::Exists) }
}
