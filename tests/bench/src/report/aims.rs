//! What is aimed at on two cores, and how far we are.

use serde::Serialize;

use super::Report;
use crate::phases::SteadyRate;

/// More of others' CPU than this, and latencies are theirs rather than ours.
const QUIET_CORES: f64 = 0.3;
/// A slower disk than this, and latencies are the disk's.
const QUICK_FLUSH_MS: f64 = 1.0;

/// A figure beside what it should be.
#[derive(Debug, Clone, Serialize)]
pub struct Aim {
    pub what: String,
    pub value: f64,
    pub unit: &'static str,
    pub aim: f64,
    pub moonshot: f64,
    /// The figure as a multiple of a probe of the same run.
    pub ratio: Option<Ratio>,
    pub outcome: Outcome,
}

/// A figure as a multiple of a probe: comparable between machines.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Ratio {
    pub value: f64,
    /// `F` or `P1`.
    pub of: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Moonshot,
    Reached,
    Missed,
    /// The machine was too busy with other things, or its disk too slow, to say.
    NotJudged,
}

/// Whether more or less is better.
#[derive(Clone, Copy)]
enum Better {
    Less,
    More,
}

/// The surroundings of a figure.
#[derive(Clone, Copy)]
struct Probe {
    quiet: bool,
    flush_ms: f64,
}

impl Probe {
    fn of(foreign: f64, flush_ms: f64) -> Self {
        Self { quiet: foreign <= QUIET_CORES && flush_ms <= QUICK_FLUSH_MS, flush_ms }
    }

    fn flushes(self, value: f64) -> Option<Ratio> {
        (self.flush_ms > 0.0).then(|| Ratio { value: value / self.flush_ms, of: "F" })
    }
}

/// All aims for which there are figures.
pub fn judge(report: &Report) -> Vec<Aim> {
    let mut aims = Vec::new();
    for steady in &report.steady {
        aims.extend(steady_aims(steady));
    }
    if let Some(saturated) = &report.saturated {
        let quiet = Probe::of(saturated.window.cores.foreign, saturated.flush_ms).quiet;
        let commits = report.probes.commits_per_second;
        let rate = saturated.loops_per_second;
        let ratio = (commits > 0.0).then(|| Ratio { value: rate / commits, of: "P1" });
        aims.push(Aim {
            ratio,
            ..aim("full loops, saturated", rate, "/s", (1_500.0, 3_000.0), Better::More, quiet)
        });
        let cpu = saturated.micros_per_loop;
        aims.push(aim("CPU per loop, saturated", cpu, "µs", (900.0, 450.0), Better::Less, true));
        if let Some(counted) = saturated.per_loop {
            let flushes = counted.wal_flushes;
            aims.push(aim("WAL flushes per loop, saturated", flushes, "", (1.0, 0.25), Better::Less, true));
        }
    }
    if let Some(sending) = &report.sending {
        let quiet = Probe::of(sending.window.cores.foreign, sending.flush_ms).quiet;
        let (rate, cpu) = (sending.per_second, sending.micros_per_message);
        aims.push(aim("sends alone", rate, "/s", (14_000.0, 28_000.0), Better::More, quiet));
        aims.push(aim("CPU per send", cpu, "µs", (182.0, 91.0), Better::Less, true));
    }
    if let Some(idle) = &report.idle {
        let percent = idle.window.cores.frontdesk * 100.0;
        aims.push(aim("CPU of the services, idle", percent, "%", (2.0, 0.3), Better::Less, true));
        let memory = idle.memory.frontdesk_mb;
        aims.push(aim("memory of the services, idle", memory, "MB", (150.0, 60.0), Better::Less, true));
    }
    aims
}

fn steady_aims(steady: &SteadyRate) -> Vec<Aim> {
    let probe = Probe::of(steady.window.cores.foreign, steady.flush_ms);
    let at = |what: &str| format!("{what} at {}/s", steady.rate);
    let latency = |what: &str, value, aims| Aim {
        ratio: probe.flushes(value),
        ..aim(&at(what), value, "ms", aims, Better::Less, probe.quiet)
    };
    match steady.rate {
        200 => vec![
            latency("webhook answered, p50,", steady.webhook.p50_ms, (2.5, 1.0)),
            latency("webhook answered, p99,", steady.webhook.p99_ms, (10.0, 3.0)),
            latency("webhook to provider, p50,", steady.provider.p50_ms, (15.0, 3.0)),
            latency("webhook to provider, p99,", steady.provider.p99_ms, (40.0, 10.0)),
        ],
        1_000 => {
            let mut aims = vec![
                latency("webhook to provider, p50,", steady.provider.p50_ms, (25.0, 5.0)),
                latency("webhook to provider, p99,", steady.provider.p99_ms, (80.0, 20.0)),
            ];
            if let Some(counted) = steady.per_loop {
                let what = at("WAL flushes per loop");
                aims.push(aim(&what, counted.wal_flushes, "", (4.0, 2.0), Better::Less, true));
            }
            aims
        }
        _ => Vec::new(),
    }
}

fn aim(
    what: &str,
    value: f64,
    unit: &'static str,
    (aim, moonshot): (f64, f64),
    better: Better,
    judged: bool,
) -> Aim {
    let reaches = |wanted: f64| match better {
        Better::Less => value <= wanted,
        Better::More => value >= wanted,
    };
    let outcome = match (judged, reaches(moonshot), reaches(aim)) {
        // A figure that is good in spite of everything is good.
        (_, true, _) => Outcome::Moonshot,
        (_, _, true) => Outcome::Reached,
        (true, ..) => Outcome::Missed,
        (false, ..) => Outcome::NotJudged,
    };
    Aim { what: what.to_owned(), value, unit, aim, moonshot, ratio: None, outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(value: f64, better: Better, judged: bool) -> Outcome {
        let aims = if matches!(better, Better::Less) { (10.0, 5.0) } else { (5.0, 10.0) };
        aim("x", value, "", aims, better, judged).outcome
    }

    #[test]
    fn figures_are_judged_both_ways_round() {
        assert_eq!(outcome(4.0, Better::Less, true), Outcome::Moonshot);
        assert_eq!(outcome(7.0, Better::Less, true), Outcome::Reached);
        assert_eq!(outcome(11.0, Better::Less, true), Outcome::Missed);
        assert_eq!(outcome(11.0, Better::More, true), Outcome::Moonshot);
        assert_eq!(outcome(4.0, Better::More, true), Outcome::Missed);
    }

    #[test]
    fn a_busy_machine_excuses_a_bad_figure_but_not_a_good_one() {
        assert_eq!(outcome(11.0, Better::Less, false), Outcome::NotJudged);
        assert_eq!(outcome(7.0, Better::Less, false), Outcome::Reached);
        assert!(!Probe::of(0.31, 0.2).quiet && !Probe::of(0.0, 1.1).quiet && Probe::of(0.3, 1.0).quiet);
    }
}
