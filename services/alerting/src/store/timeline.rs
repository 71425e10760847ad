//! What timelines are told from: letters and what was done with them.

use jiff::Timestamp;
use sqlx::PgPool;

/// A letter noticed, or something done with it.
#[derive(Clone, Debug)]
pub struct LetterStep {
    /// The letter.
    pub letter: ids::DeadLetterId,
    /// What it belongs to.
    pub correlation_id: String,
    /// noticed, replay or discard.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// Who noticed it, or who did it.
    pub who: String,
    /// The cause, the new item, or the reason.
    pub detail: String,
}

/// Everything about the letters of correlation ids, in order.
///
/// # Errors
/// Whatever the database says.
pub async fn steps(pool: &PgPool, correlations: &[String]) -> Result<Vec<LetterStep>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.id as "id!", l.correlation_id as "correlation_id!", 'noticed' as "what!", l.noticed_at as "at!",
                  l.noticed_by as "who!", l.cause || ': ' || l.cause_text as "detail!"
           from alerting.dead_letter l where l.correlation_id = any ($1)
           union all
           select l.id, l.correlation_id, a.action, a.at, trim(a.role || ' ' || a.asked_by), a.detail
           from alerting.dead_letter l join alerting.action a on a.dead_letter_id = l.id
           where l.correlation_id = any ($1)
           order by 4 limit 500"#,
        correlations
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| LetterStep {
            letter: ids::DeadLetterId::from_uuid(row.id),
            correlation_id: row.correlation_id,
            what: row.what,
            at: row.at.to_jiff(),
            who: row.who,
            detail: row.detail,
        })
        .collect())
}
