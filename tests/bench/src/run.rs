//! A run from its first process to its report.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::counters::Meters;
use crate::load::Flow;
use crate::options::Options;
use crate::phases::Bench;
use crate::probes::{self, COMMITS_FOR, Probes};
use crate::processes::Processes;
use crate::report::{Correctness, Report, Setting};
use crate::stack::{Addresses, Frontdesk, channels};
use crate::surroundings::Surroundings;
use crate::world::{World, WorldOptions};

/// Measures as asked, and reports.
///
/// # Errors
/// When something needed for measuring does not work, or somebody wants it to stop.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let options = options.settled();
    let around = Surroundings::from_environment()?;
    let temporary = tempfile::tempdir().context("cannot make a folder for the services' log")?;
    let folder = options.keep.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let report = tokio::select! {
        report = measure(&options, &around, folder) => report?,
        stopped = simulators::until_stopped() => {
            stopped?;
            bail!("stopped before the end");
        }
    };
    print(&report.table())?;
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(if report.correctness.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measure(options: &Options, around: &Surroundings, folder: &Path) -> anyhow::Result<Report> {
    let addresses = Addresses::free()?;
    let channels = channels(options.tenants, options.channels);
    let world = World::start(WorldOptions {
        instances: channels.iter().map(|channel| channel.instance(&addresses)).collect(),
        text: options.text.clone(),
        answer: options.answer,
        receipts: options.receipts.clone(),
        echo: options.echo,
    })
    .await?;
    say("starting the services")?;
    let frontdesk = Frontdesk::start(around, &addresses, &channels, &world.url(), folder).await?;
    let mut meters = Meters::connect(&around.database_url, &around.nats_monitor).await?;
    let data = meters.data_folder().await?;
    let mut bench = Bench {
        world,
        processes: Processes {
            bench: std::process::id(),
            frontdesk: frontdesk.pid(),
            nats: around.nats_pid,
            postgres: around.postgres_pid,
        },
        meters,
        // A folder that is not the database's own, on the same disk.
        disk: data.parent().unwrap_or(&data).to_owned(),
    };
    match phases(options, around, &mut bench, &frontdesk).await {
        Ok(report) => {
            frontdesk.stop().await?;
            Ok(report.judged())
        }
        Err(error) => Err(error.context(frontdesk.log_tail())),
    }
}

async fn phases(
    options: &Options,
    around: &Surroundings,
    bench: &mut Bench,
    frontdesk: &Frontdesk,
) -> anyhow::Result<Report> {
    let mut flushes = vec![probes::flush_ms(&bench.disk)?];
    let commits_per_second = probes::one_client_commits(&around.database_url, COMMITS_FOR).await?;
    let idle = match options.idle {
        none if none.is_zero() => None,
        length => {
            say("idle")?;
            Some(bench.idle(length).await?)
        }
    };
    say("warming up")?;
    bench.warm_up().await?;
    let mut steady = Vec::new();
    for rate in &options.steady {
        say(&format!("{} per second", rate.rate))?;
        steady.push(bench.steady(*rate, !options.quick).await?);
    }
    let saturated = if options.saturate.is_zero() {
        None
    } else {
        say("as many as it can bear")?;
        let flow = Flow { in_flight: options.in_flight, returning: options.returning };
        Some(bench.saturated(flow, options.saturate, options.statements).await?)
    };
    let sending = if options.sends == 0 {
        None
    } else {
        say("sending alone")?;
        Some(bench.sending(&around.database_url, options.sends, options.statements).await?)
    };
    flushes.extend(steady.iter().map(|steady| steady.flush_ms));
    flushes.extend(saturated.iter().map(|saturated| saturated.flush_ms));
    flushes.extend(sending.iter().map(|sending| sending.flush_ms));
    flushes.sort_by(f64::total_cmp);
    let flush_ms = flushes.get(flushes.len() / 2).copied().unwrap_or_default();
    let world = &bench.world;
    let booked = bench.meters.booked_as_read().await?;
    Ok(Report {
        setting: Setting::of(options),
        probes: Probes { flush_ms, commits_per_second },
        idle,
        steady,
        saturated,
        sending,
        correctness: Correctness::of(
            world.customers.verdict(),
            &world.totals(),
            booked,
            frontdesk.warnings(),
        ),
        aims: Vec::new(),
    })
}

/// What happens now, for somebody who waits.
fn say(what: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stderr(), "bench: {what}")?)
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}
