//! The smallest service: one table, one task, an admin port. It borrows the name of a real one, since the database
//! knows five. The tests of this crate run it as a program.

use std::net::SocketAddr;
use std::path::PathBuf;

use runtime::{Lifecycle, Readiness, Service};
use serde::Deserialize;
use settings::Settings;

const SERVICE: Service = Service {
    name: "ingest",
    defaults: include_str!("defaults.toml"),
    schema: || {
        let none = sqlx::migrate::Migrator::with_migrations(Vec::new());
        postgres::Schema::new("ingest", none).with_template(1, "notes", "create table {schema}.notes (n int)")
    },
    prepare: |_settings| Box::pin(async { Ok(()) }),
    serve: |settings, lifecycle| Box::pin(serve(settings, lifecycle)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    admin: SocketAddr,
    announce: PathBuf,
    ending: Ending,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Ending {
    Well,
    Failure,
    Panic,
}

fn main() -> std::process::ExitCode {
    runtime::command::main("smallest", &[SERVICE])
}

async fn serve(settings: Settings, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let config: Config = settings.section("ingest")?;
    let readiness = Readiness::new();
    let database = readiness.latch("database");
    let admin = runtime::admin::serve(config.admin, readiness, lifecycle.clone()).await?;

    let pool = postgres::connect(&settings.database()?, "ingest", "work").await?;
    sqlx::query("insert into ingest.notes values (1)").execute(&pool).await?;
    database.open();
    std::fs::write(&config.announce, admin.to_string())?;

    let stopping = lifecycle.stopping();
    lifecycle.spawn("work", async move {
        match config.ending {
            Ending::Well => stopping.cancelled().await,
            Ending::Failure => anyhow::bail!("the work cannot be done"),
            #[expect(clippy::panic, reason = "to show what becomes of it")]
            Ending::Panic => panic!("a bug"),
        }
        tracing::info!("work is done");
        Ok(())
    });
    Ok(())
}
