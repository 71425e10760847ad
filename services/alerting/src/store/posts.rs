//! `alerting.notification` and `alerting.post`: what is to be told, and what became of it.

use std::time::Duration;

use ids::IncidentId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::incidents;
use crate::{
    domain::{bundle::News, incident::Change},
    notify::Target,
};

/// A call that was not settled after so long was left by a process that died.
const LEFT_AFTER: Duration = Duration::from_secs(30);
/// Changes in one bundle at most; what is left comes with the next.
const MOST: i64 = 2000;

/// Whether changes may be put into posts now: nobody else does, and the last post is long enough ago. Until the end of the
/// transaction.
///
/// # Errors
/// Whatever the database says.
pub async fn may_bundle(connection: &mut PgConnection, apart: Duration) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('alerting.bundle', 0))
                  and not exists (select from alerting.post where created_at > clock_timestamp() - make_interval(secs => $1))
                  as "may!""#,
        apart.as_secs_f64()
    )
    .fetch_one(connection)
    .await
}

/// Changes that are in no post, with their incidents, in their order.
///
/// # Errors
/// Whatever the database says.
pub async fn loose(connection: &mut PgConnection) -> Result<Vec<News>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, incident_id, change, at from alerting.notification where posted_at is null order by id limit $1",
        MOST
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.incident_id).collect();
    let incidents = incidents::by_id(connection, &ids).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let incident = incidents.get(&IncidentId::from_uuid(row.incident_id))?.clone();
            Some(News { id: row.id, change: Change::of_name(&row.change)?, at: row.at.to_jiff(), incident })
        })
        .collect())
}

/// A post to be made.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub target: Target,
    /// What it tells.
    pub notifications: Vec<Uuid>,
    /// Its words.
    pub body: Value,
}

/// Makes posts.
///
/// # Errors
/// Whatever the database says.
pub async fn put(connection: &mut PgConnection, made: &[NewPost]) -> Result<(), sqlx::Error> {
    for post in made {
        sqlx::query!(
            "insert into alerting.post (id, target, notifications, body) values ($1, $2, $3, $4)",
            post.id,
            post.target.name(),
            &post.notifications,
            post.body
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Notes that changes are in posts, or that nobody is to be told.
///
/// # Errors
/// Whatever the database says.
pub async fn note_posted(connection: &mut PgConnection, told: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("update alerting.notification set posted_at = clock_timestamp() where id = any ($1)", told)
        .execute(connection)
        .await?;
    Ok(())
}

/// A post to be called now.
#[derive(Clone, Debug)]
pub struct Due {
    /// Its id.
    pub id: Uuid,
    /// Its words.
    pub body: Value,
    /// Calls, this one included.
    pub tries: i32,
    /// Calls before of which nobody knows.
    pub unknowns: i32,
    /// How old it is.
    pub age: Duration,
}

/// Takes the next post of a receiver if it is due; the intent is committed before the call. The oldest goes first and holds up
/// the others of its receiver: "recovered" must not be read before "opened". One that a dead process was calling counts as unknown.
///
/// # Errors
/// Whatever the database says.
pub async fn begin(pool: &PgPool, target: &str) -> Result<Option<Due>, sqlx::Error> {
    let row = sqlx::query!(
        r#"update alerting.post p
           set state = 'calling', tries = p.tries + 1, unknowns = p.unknowns + (d.was = 'calling')::int,
               called_at = clock_timestamp()
           from (select o.id, o.state as was, o.due_at, o.called_at from alerting.post o
                 where o.target = $2 and o.state in ('queued', 'calling')
                 order by o.created_at, o.id limit 1 for update) d
           where p.id = d.id
             and ((d.was = 'queued' and d.due_at <= clock_timestamp())
                  or (d.was = 'calling' and d.called_at < clock_timestamp() - make_interval(secs => $1)))
           returning p.id, p.body, p.tries, p.unknowns,
                     extract(epoch from clock_timestamp() - p.created_at)::float8 as "age!""#,
        LEFT_AFTER.as_secs_f64(),
        target
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Due {
        id: row.id,
        body: row.body,
        tries: row.tries,
        unknowns: row.unknowns,
        age: Duration::try_from_secs_f64(row.age).unwrap_or_default(),
    }))
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It arrived.
    Sent,
    /// It is tried again.
    Again {
        /// Why it did not arrive.
        answer: String,
        /// After this.
        pause: Duration,
        /// It may have arrived.
        is_unknown: bool,
    },
    /// It is not tried any more.
    GivenUp {
        /// Why it did not arrive.
        answer: String,
    },
}

/// Writes down what became of the `tries`-th call, unless another process has taken it over.
///
/// # Errors
/// Whatever the database says; then it counts as unknown and goes again.
pub async fn settle(pool: &PgPool, id: Uuid, tries: i32, settled: Settled) -> Result<(), sqlx::Error> {
    let (state, answer, pause, unknown) = match settled {
        Settled::Sent => ("sent", None, Duration::ZERO, false),
        Settled::Again { answer, pause, is_unknown } => ("queued", Some(answer), pause, is_unknown),
        Settled::GivenUp { answer } => ("given_up", Some(answer), Duration::ZERO, false),
    };
    sqlx::query!(
        "update alerting.post
         set state = $3, answer = $4, due_at = clock_timestamp() + make_interval(secs => $5), unknowns = unknowns + $6::int,
             settled_at = case when $3 in ('sent', 'given_up') then clock_timestamp() end
         where id = $1 and tries = $2 and state = 'calling'",
        id,
        tries,
        state,
        answer,
        pause.as_secs_f64(),
        i32::from(unknown)
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Removes what was settled before `before`.
///
/// # Errors
/// Whatever the database says.
pub async fn forget(pool: &PgPool, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from alerting.post where settled_at < $1", before.to_sqlx() as _)
        .execute(pool)
        .await?;
    Ok(done.rows_affected())
}

/// Which of these receivers' posts do not arrive: tried three times or given up, and nothing arrived since.
///
/// # Errors
/// Whatever the database says.
pub async fn failing(
    pool: &PgPool,
    targets: &[String],
) -> Result<Vec<(String, i64, Timestamp, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.target, count(*) as "count!", min(p.created_at) as "since!", max(coalesce(p.answer, '')) as "answer!"
           from alerting.post p
           where p.created_at > clock_timestamp() - interval '2 days' and p.target = any ($1)
             and (p.state = 'given_up' or (p.state in ('queued', 'calling') and p.tries >= 3))
             and not exists (select from alerting.post s
                             where s.target = p.target and s.state = 'sent' and s.settled_at > coalesce(p.called_at, p.created_at))
           group by p.target order by p.target"#,
        targets
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.target, row.count, row.since.to_jiff(), row.answer)).collect())
}

/// A post for people who look.
#[derive(Clone, Debug)]
pub struct Shown {
    /// To whom.
    pub target: String,
    /// queued, calling, sent, given_up.
    pub state: String,
    /// Calls.
    pub tries: i32,
    /// Calls of which nobody knows.
    pub unknowns: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it arrived or was given up.
    pub settled_at: Option<Timestamp>,
    /// What the receiver answered.
    pub answer: String,
}

/// The newest post to each receiver.
///
/// # Errors
/// Whatever the database says.
pub async fn newest(pool: &PgPool) -> Result<Vec<Shown>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (target) target, state, tries, unknowns, created_at, settled_at, answer
         from alerting.post order by target, created_at desc"
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Shown {
            target: row.target,
            state: row.state,
            tries: row.tries,
            unknowns: row.unknowns,
            created_at: row.created_at.to_jiff(),
            settled_at: row.settled_at.map(jiff_sqlx::Timestamp::to_jiff),
            answer: row.answer.unwrap_or_default(),
        })
        .collect())
}

/// A change of an incident, with the posts it is in: each `{target, state, tries, unknowns, answer}`.
#[derive(Clone, Debug)]
pub struct Told {
    /// What changed.
    pub change: String,
    /// When.
    pub at: Timestamp,
    /// How much it mattered.
    pub severity: String,
    /// How many it concerned.
    pub count: i64,
    /// The posts.
    pub posts: Value,
}

/// Everything that was told of an incident, in its order.
///
/// # Errors
/// Whatever the database says.
pub async fn told(pool: &PgPool, id: IncidentId) -> Result<Vec<Told>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select n.change, n.at, n.severity, n.count,
                  (select jsonb_agg(jsonb_build_object('target', p.target, 'state', p.state, 'tries', p.tries,
                                                       'unknowns', p.unknowns, 'answer', coalesce(p.answer, '')) order by p.target)
                   from alerting.post p where p.notifications @> array[n.id]) as posts
           from alerting.notification n where n.incident_id = $1 order by n.n"#,
        id.uuid()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Told {
            change: row.change,
            at: row.at.to_jiff(),
            severity: row.severity,
            count: row.count,
            posts: row.posts.unwrap_or_else(|| json!([])),
        })
        .collect())
}
