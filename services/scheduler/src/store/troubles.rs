//! What the rows say about reminders that do not go out.

use ids::TenantId;
use sqlx::PgConnection;

use super::Error;
use crate::domain::troubles::{Facts, GivenUp, LATE};

/// Everything that may be wrong.
pub async fn facts(connection: &mut PgConnection) -> Result<Facts, Error> {
    let late = sqlx::query!(
        r#"select count(*) as "count!", min(look_at) as since from scheduler.reminder
           where state = 'waiting' and look_at < clock_timestamp() - make_interval(secs => $1)"#,
        LATE.as_secs_f64()
    )
    .fetch_one(&mut *connection)
    .await?;
    let given_up = sqlx::query!(
        r#"select tenant_id, count(*) as "count!", min(settled_at) as "since!" from scheduler.reminder
           where state = 'failed' and settled_at > clock_timestamp() - interval '24 hours'
           group by tenant_id order by tenant_id"#
    )
    .fetch_all(connection)
    .await?;
    Ok(Facts {
        late: late.count,
        late_since: late.since.map(jiff_sqlx::Timestamp::to_jiff),
        given_up: given_up
            .into_iter()
            .map(|row| GivenUp {
                tenant: TenantId::from_uuid(row.tenant_id),
                count: row.count,
                since: row.since.to_jiff(),
            })
            .collect(),
    })
}
