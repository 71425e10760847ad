//! What single statements cost, as the database counts it (pg_stat_statements).

use anyhow::Context as _;
use serde::Serialize;
use sqlx::PgConnection;

/// A statement, and what all its executions of a phase came to.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Statement {
    /// Its part of the time of all statements that clients sent, 1.0 being all of it. What a function executes counts with
    /// the statement that called it, and is listed by itself too.
    pub share: f64,
    /// Whether it ran inside a function.
    pub nested: bool,
    /// Executions per loop.
    pub per_loop: f64,
    /// Time of one execution, in microseconds.
    pub micros: f64,
    /// Time per loop, in microseconds.
    pub micros_per_loop: f64,
    /// Its text, without superfluous blanks.
    pub text: String,
}

const MOST_EXPENSIVE: &str = r"
    select total_exec_time / greatest(sum(total_exec_time) filter (where toplevel) over (), 0.001) as share,
           not toplevel as nested,
           calls / greatest($2, 1)::float8 as per_loop,
           total_exec_time * 1000 / calls as micros,
           total_exec_time * 1000 / greatest($2, 1)::float8 as micros_per_loop,
           regexp_replace(query, '\s+', ' ', 'g') as text
    from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database()) and calls > 0
    order by total_exec_time desc
    limit $1";

/// Starts counting.
pub async fn watch(session: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::raw_sql("create extension if not exists pg_stat_statements; select pg_stat_statements_reset()")
        .execute(session)
        .await
        .context(
            "the database does not count statements; start this with `cargo xtask bench --statements N`",
        )?;
    Ok(())
}

/// Those that took most time since [`watch`].
pub async fn most_expensive(
    session: &mut PgConnection,
    number: u32,
    loops: u64,
) -> anyhow::Result<Vec<Statement>> {
    sqlx::query_as(MOST_EXPENSIVE)
        .bind(i64::from(number))
        .bind(i64::try_from(loops)?)
        .fetch_all(session)
        .await
        .context("cannot read what statements cost")
}
