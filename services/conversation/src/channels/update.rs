use bootstrap::{Channel, Problem};
use ids::ChannelId;
use toml::{Table, Value};

use super::{By, Desk, Refused, declaration};

impl Desk {
    /// Lays what is given over a channel. Nothing is written when nothing differs.
    ///
    /// # Errors
    /// When the result cannot be, or would be another channel.
    pub async fn update(&self, id: ChannelId, given: Table, by: &By) -> Result<(), Refused> {
        let mut tx = self.pool.begin().await?;
        let row = Self::lock(&mut tx, id).await?;
        let mut table = declaration::of_row(&row);
        stays(&table, &given)?;
        let was = Channel::parse(table.clone())?;
        declaration::merge(&mut table, given);
        let channel = Channel::parse(table)?;
        let changed = declaration::differences(&was, &channel);
        if !changed.is_empty() {
            let disabled = row.disabled_at.is_some();
            Self::write(&mut tx, row.tenant_id, &channel, disabled, ("updated", &changed), by).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Name and provider are what other things hang on: the webhook's address, the form of the account.
fn stays(table: &Table, given: &Table) -> Result<(), Refused> {
    let differs = |key: &&str| given.get(*key).is_some_and(|value: &Value| table.get(*key) != Some(value));
    let problems: Vec<Problem> = ["slug", "provider"]
        .iter()
        .filter(|key| differs(key))
        .map(|key| Problem {
            path: (*key).to_owned(),
            problem: "cannot be changed; make another channel and disable this one".to_owned(),
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Refused::Declared(problems)) }
}
