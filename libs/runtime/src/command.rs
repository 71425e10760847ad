//! The command line, the same for every program: `serve`, `migrate`, `check-config`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use settings::{Loader, Settings};

use crate::{Lifecycle, Service, telemetry};

/// How long a stopping process may finish what is under way. Below the usual 30 s after which a cluster kills.
const DRAIN: Duration = Duration::from_secs(25);
/// How long a starting process waits for its database.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(500);
/// Sections of a service that are not called like it, which may stand in a file that all programs share.
const SECTIONS: [&str; 2] = ["media", "transcription"];

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// A TOML file with settings that differ from the defaults; the environment wins over it.
    #[arg(long, global = true, value_name = "FILE", env = "FRONTDESK_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run until a signal comes.
    Serve,
    /// Bring database and broker into the shape that this version needs. Run it before serve; again does no harm.
    Migrate,
    /// Print the configuration as it would be used, with secrets hidden, or say what is wrong with it.
    CheckConfig,
}

/// Runs a program that consists of the given services. The whole of a `main`:
///
/// ```ignore
/// fn main() -> std::process::ExitCode {
///     runtime::command::main("ingest", &[ingest::SERVICE])
/// }
/// ```
pub fn main(program: &'static str, services: &'static [Service]) -> ExitCode {
    let matches = Arguments::command().name(program).get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    match run(&arguments, services) {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, services: &'static [Service]) -> anyhow::Result<ExitCode> {
    // Two providers could be compiled in one day; choosing here keeps that from becoming a panic at the first call.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = load(arguments, services)?;
    if let Command::CheckConfig = arguments.command {
        print(&settings.redacted());
        return Ok(ExitCode::SUCCESS);
    }
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    tokio.block_on(async {
        telemetry::init(&settings.telemetry()?)?;
        match arguments.command {
            Command::Migrate => migrate(&settings, services).await.map(|()| ExitCode::SUCCESS),
            _ => serve(&settings, services).await,
        }
    })
}

fn load(arguments: &Arguments, services: &[Service]) -> Result<Settings, settings::Error> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let loader = Loader::new()
        .foreign(postgres::SCHEMAS)
        .foreign(SECTIONS)
        .file(arguments.config.as_deref())
        .env(environment);
    services.iter().fold(loader, |loader, service| loader.defaults(service.defaults)).load()
}

async fn migrate(settings: &Settings, services: &[Service]) -> anyhow::Result<()> {
    let schemas: Vec<_> = services.iter().map(|service| (service.schema)()).collect();
    for (schema, steps) in postgres::migrate(&settings.database()?, &schemas).await? {
        tracing::info!(schema, steps, "schema is up to date");
    }
    for service in services {
        (service.prepare)(settings.clone()).await.with_context(|| format!("preparing {}", service.name))?;
    }
    Ok(())
}

async fn serve(settings: &Settings, services: &[Service]) -> anyhow::Result<ExitCode> {
    let lifecycle = Lifecycle::new();
    for service in services {
        refuse_pending(settings, service).await?;
    }
    for service in services {
        let life = lifecycle.of_service(service.name);
        life.spawn(service.name, (service.serve)(settings.clone(), life.clone()));
    }
    Ok(lifecycle.run_until_signal(DRAIN).await)
}

/// A service on an old schema fails in the middle of its work; better not to start.
async fn refuse_pending(settings: &Settings, service: &Service) -> anyhow::Result<()> {
    let schema = (service.schema)();
    let database = settings.database()?;
    let pool = postgres::Pool::new(service.name, "start").max_connections(1);
    // After a power cut everything starts at once; whoever is first waits instead of dying.
    let patience = tokio::time::Instant::now() + PATIENCE;
    let pool = loop {
        match pool.connect(&database).await {
            Err(error) if error.is_temporary() && tokio::time::Instant::now() < patience => {
                tracing::warn!(error = %error, "waiting for the database");
                tokio::time::sleep(PAUSE).await;
            }
            done => break done?,
        }
    };
    let pending = postgres::pending(&pool, &schema).await?;
    pool.close().await;
    anyhow::ensure!(
        pending.is_empty(),
        "schema {} lacks migrations {pending:?}; run the migrate command, then start again",
        service.name
    );
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this command's output is for the person who runs it")]
fn print(text: &str) {
    print!("{text}");
}

/// Configuration may be what is wrong, so logging may not be there yet.
#[expect(clippy::print_stderr, reason = "the last words of a program that could not start")]
fn report(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
