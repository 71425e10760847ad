use bootstrap::Channel;
use ids::TenantId;
use sqlx::PgConnection;
use tracing::warn;

use super::declaration;
use crate::store::channels;

/// Hands the operators' channels of a business to the other services anew, after its time zone or its quiet hours have changed.
///
/// # Errors
/// Whatever the database says.
pub async fn follow(tx: &mut PgConnection, tenant: TenantId) -> Result<(), sqlx::Error> {
    let Some(house) = channels::house(tx, tenant).await? else { return Ok(()) };
    for id in channels::of_operators(tx, tenant).await? {
        let Some(row) = channels::lock(tx, id).await? else { continue };
        match Channel::parse(declaration::of_row(&row)) {
            Ok(channel) => {
                let disabled = row.disabled_at.is_some();
                channels::put(tx, tenant, &channel, &house, channels::OPERATORS, disabled).await?;
            }
            // By rules that came later. It goes on as it was; its next change tells what is wrong.
            Err(problems) => {
                warn!(channel = %row.slug, ?problems, "a channel keeps the hours it had: it cannot be declared so any more");
            }
        }
    }
    Ok(())
}
