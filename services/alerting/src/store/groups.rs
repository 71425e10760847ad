//! Dead letters counted by owner and cause.

use jiff::Timestamp;
use sqlx::PgPool;

/// Those with one cause at one owner.
#[derive(Clone, Debug)]
pub struct Group {
    /// conversation or delivery.
    pub owner_service: String,
    /// The cause's stable name.
    pub cause: String,
    /// The same in words, as the newest says it.
    pub cause_text: String,
    /// Who should act.
    pub responsible: String,
    /// What to do.
    pub next_step: String,
    /// How many.
    pub count: i64,
    /// The first death.
    pub oldest_at: Timestamp,
    /// The last.
    pub newest_at: Timestamp,
}

/// All groups of letters in a state, the most frequent first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(pool: &PgPool, state: &str, tenant_id: Option<&str>) -> Result<Vec<Group>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select owner_service, cause, count(*) as "count!", min(died_at) as "oldest_at!", max(died_at) as "newest_at!",
                  (array_agg(cause_text order by id desc))[1] as "cause_text!",
                  (array_agg(responsible order by id desc))[1] as "responsible!",
                  (array_agg(next_step order by id desc))[1] as "next_step!"
           from alerting.dead_letter
           where state = $1 and ($2::text is null or tenant_id = $2)
           group by owner_service, cause
           order by count(*) desc, owner_service, cause"#,
        state,
        tenant_id
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Group {
            owner_service: row.owner_service,
            cause: row.cause,
            cause_text: row.cause_text,
            responsible: row.responsible,
            next_step: row.next_step,
            count: row.count,
            oldest_at: row.oldest_at.to_jiff(),
            newest_at: row.newest_at.to_jiff(),
        })
        .collect())
}
