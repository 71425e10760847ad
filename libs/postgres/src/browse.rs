use sqlx::{PgPool, Postgres, Transaction};

/// A transaction for a list with filters that are mostly left out. It is planned for the values asked for, where all other
/// statements of a session keep one plan (see [`crate::Pool`]): a kept plan cannot use an index for a filter that may be
/// missing. Reads only; dropping it ends it.
///
/// # Errors
/// Whatever the database says.
pub async fn browse(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    pool.begin_with("begin read only; set local plan_cache_mode = force_custom_plan").await
}
