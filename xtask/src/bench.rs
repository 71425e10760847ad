//! `cargo xtask bench`: release builds against private servers that are as durable as in production. What is measured, and
//! how it is printed, is the program's own business (`tests/bench`).

use std::process::ExitCode;

use anyhow::{Context as _, ensure};

use crate::cargo;
use crate::checkout::{Checkout, Profile};
use crate::interrupt::Interrupt;
use crate::process::{Launch, Output};
use crate::scratch::Scratch;
use crate::servers::postgres::Durability;
use crate::servers::{nats, postgres};
use crate::tools::{self, NATS, POSTGRES};

const PROGRAM: &str = "bench";

/// Makes the database count what each statement costs. Costs something itself, so only when asked for.
const COUNT_STATEMENTS: &[&str] =
    &["shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track=all"];

/// Builds the product and the program, and runs the program with these arguments. It is told:
///
/// - `FRONTDESK_DATABASE__URL`: an empty database, whose user may do everything;
/// - `FRONTDESK_NATS__URL`, and its figures over HTTP as `FRONTDESK_BENCH_NATS_MONITOR`;
/// - `FRONTDESK_BENCH_POSTGRES_PID`, `FRONTDESK_BENCH_NATS_PID`: whose CPU and memory count too;
/// - `FRONTDESK_BENCH_PROGRAMS`: the folder of the release builds;
/// - `FRONTDESK_BENCH_TOOLS`: the folder of `pgbench` and the like.
pub fn run(checkout: &Checkout, interrupt: &Interrupt, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let statements = arguments.iter().any(|word| word.starts_with("--statements"));
    let settings = if statements { COUNT_STATEMENTS } else { &[] };
    let tools = tools::ensure(checkout, interrupt, &[&NATS, &POSTGRES])?;
    let mut scratch = Scratch::new(checkout, interrupt, &tools, PROGRAM)?;
    let build = cargo::build_programs(checkout, Profile::Release, &["frontdesk", PROGRAM]);
    let status = scratch.supervisor.run(&build, &Output::Terminal)?;
    ensure!(status.success(), "the build failed; cargo's words are above");
    scratch.start_postgres_with(Durability::Full, settings)?;
    let nats = scratch.start_nats()?;
    let pid =
        |name| scratch.supervisor.pid(name).with_context(|| format!("{name} ended before the measurement"));
    let built = checkout.built(PROGRAM, Profile::Release)?;
    let folder = built.parent().context("a program lies in a folder")?;
    let job = Launch::new(&built)
        .args(arguments)
        .env("FRONTDESK_DATABASE__URL", scratch.database("frontdesk")?.expose())
        .env("FRONTDESK_NATS__URL", nats.url())
        .env("FRONTDESK_BENCH_NATS_MONITOR", format!("http://127.0.0.1:{}", nats.monitor))
        .env("FRONTDESK_BENCH_POSTGRES_PID", pid(postgres::NAME)?.to_string())
        .env("FRONTDESK_BENCH_NATS_PID", pid(nats::NAME)?.to_string())
        .env("FRONTDESK_BENCH_PROGRAMS", folder)
        .env("FRONTDESK_BENCH_TOOLS", tools.folder())
        .directory(checkout.root());
    let status = scratch.supervisor.run(&job, &Output::Terminal)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
