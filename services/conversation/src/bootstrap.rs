//! Applies this service's part of the bootstrap file.
use settings::Settings;
use sqlx::PgPool;

pub async fn apply(_settings: &Settings, _pool: &PgPool) -> anyhow::Result<()> {
    Ok(())
}
