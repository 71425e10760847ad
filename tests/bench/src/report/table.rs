//! The report as text, to be read at a terminal and pasted into a page.

use std::fmt::{self, Write as _};

use super::Report;
use super::aims::Outcome;
use crate::counters::{PerLoop, Statement};
use crate::latency::Summary;
use crate::phases::{Idle, Parts, Saturated, Sending, SteadyRate};
use crate::processes::{Cores, Memory};

/// Renders everything there is.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut text, report);
    text
}

fn write(out: &mut String, report: &Report) -> fmt::Result {
    setting(out, report)?;
    if let Some(idle) = &report.idle {
        idle_figures(out, idle)?;
    }
    for steady in &report.steady {
        steady_figures(out, steady)?;
    }
    if let Some(saturated) = &report.saturated {
        saturated_figures(out, saturated)?;
    }
    if let Some(sending) = &report.sending {
        sending_figures(out, sending)?;
    }
    correctness(out, report)?;
    aims(out, report)
}

fn setting(out: &mut String, report: &Report) -> fmt::Result {
    let (setting, probes) = (&report.setting, &report.probes);
    writeln!(
        out,
        "\n{} cores, {} tenants, {} channels; provider answers after {} ms, receipts after {} ms{}",
        setting.cores,
        setting.tenants,
        setting.channels,
        setting.provider_answers_after,
        setting.receipts_after.join(", "),
        if setting.echo { ", sends reported back" } else { "" }
    )?;
    writeln!(
        out,
        "probes  F {:.3} ms (flush of 8 kB)   P1 {:.0} commits/s (one client)",
        probes.flush_ms, probes.commits_per_second
    )
}

fn idle_figures(out: &mut String, idle: &Idle) -> fmt::Result {
    writeln!(out, "\nidle, {:.0} s", idle.window.seconds)?;
    cpu(out, &idle.window.cores)?;
    memory(out, &idle.memory)
}

fn steady_figures(out: &mut String, steady: &SteadyRate) -> fmt::Result {
    writeln!(out, "\n{}/s for {:.0} s{}", steady.rate, steady.seconds, incomplete(steady.complete))?;
    latency(out, "webhook answered", &steady.webhook)?;
    latency(out, "webhook to provider", &steady.provider)?;
    latency(out, "load itself late", &steady.late)?;
    if steady.refused > 0 {
        writeln!(out, "  not taken at the first call: {}", steady.refused)?;
    }
    cpu(out, &steady.window.cores)?;
    writeln!(out, "  CPU per loop         {:.0} µs   F {:.3} ms", steady.micros_per_loop, steady.flush_ms)?;
    counted(out, "per loop", steady.per_loop.as_ref())
}

fn saturated_figures(out: &mut String, saturated: &Saturated) -> fmt::Result {
    let who = match saturated.returning {
        0 => "everybody new".to_owned(),
        number => format!("{number} customers again and again"),
    };
    writeln!(
        out,
        "\nsaturated for {:.0} s, {} under way, {who}{}",
        saturated.window.seconds,
        saturated.in_flight,
        incomplete(saturated.complete)
    )?;
    writeln!(out, "  full loops           {:.0} per second", saturated.loops_per_second)?;
    shares(out, "CPU per loop", saturated.micros_per_loop, &saturated.parts, saturated.flush_ms)?;
    counted(out, "per loop", saturated.per_loop.as_ref())?;
    latency(out, "webhook answered", &saturated.webhook)?;
    latency(out, "webhook to provider", &saturated.provider)?;
    cpu(out, &saturated.window.cores)?;
    memory(out, &saturated.memory)?;
    statements(out, &saturated.statements)
}

fn sending_figures(out: &mut String, sending: &Sending) -> fmt::Result {
    writeln!(
        out,
        "\nsending alone, {} messages of another program, no receipts{}",
        sending.messages,
        incomplete(sending.complete)
    )?;
    writeln!(out, "  sent                 {:.0} per second", sending.per_second)?;
    shares(out, "CPU per message", sending.micros_per_message, &sending.parts, sending.flush_ms)?;
    counted(out, "per message", sending.per_message.as_ref())?;
    cpu(out, &sending.window.cores)?;
    statements(out, &sending.statements)
}

fn shares(out: &mut String, what: &str, micros: f64, parts: &Parts, flush_ms: f64) -> fmt::Result {
    writeln!(
        out,
        "  {what:<20} {micros:.0} µs = frontdesk {:.0} + PostgreSQL {:.0} + NATS {:.0} + load and provider {:.0}   F {flush_ms:.3} ms",
        parts.frontdesk, parts.postgres, parts.nats, parts.bench,
    )
}

fn statements(out: &mut String, statements: &[Statement]) -> fmt::Result {
    if statements.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  share  per loop   µs each  µs per loop  statement (> inside a function)")?;
    for statement in statements {
        let text: String = statement.text.chars().take(110).collect();
        writeln!(
            out,
            "{:>6.1}% {:>9.3} {:>9.1} {:>12.1}  {}{text}",
            statement.share * 100.0,
            statement.per_loop,
            statement.micros,
            statement.micros_per_loop,
            if statement.nested { "> " } else { "" }
        )?;
    }
    Ok(())
}

fn incomplete(complete: bool) -> &'static str {
    if complete { "" } else { " — NOT FINISHED: answers or receipts are missing" }
}

fn latency(out: &mut String, what: &str, summary: &Summary) -> fmt::Result {
    writeln!(
        out,
        "  {what:<20} p50 {:>8.2} ms   p90 {:>8.2}   p99 {:>8.2}   max {:>8.2}",
        summary.p50_ms, summary.p90_ms, summary.p99_ms, summary.max_ms
    )
}

fn cpu(out: &mut String, cores: &Cores) -> fmt::Result {
    let percent = |cores: f64| cores * 100.0;
    writeln!(
        out,
        "  CPU, % of a core     frontdesk {:.1}   PostgreSQL {:.1}   NATS {:.1}   load and provider {:.1}   others {:.1}   stolen {:.1}",
        percent(cores.frontdesk),
        percent(cores.postgres),
        percent(cores.nats),
        percent(cores.bench),
        percent(cores.foreign),
        percent(cores.stolen)
    )
}

fn memory(out: &mut String, memory: &Memory) -> fmt::Result {
    writeln!(
        out,
        "  memory, MB           frontdesk {:.0} (peak {:.0})   PostgreSQL {:.0}   NATS {:.0}   load and provider {:.0}",
        memory.frontdesk_mb, memory.frontdesk_peak_mb, memory.postgres_mb, memory.nats_mb, memory.bench_mb
    )
}

fn counted(out: &mut String, what: &str, counted: Option<&PerLoop>) -> fmt::Result {
    let Some(counted) = counted else { return Ok(()) };
    writeln!(
        out,
        "  {what:<20} {:.2} commits ({:.2} rolled back), {:.2} WAL flushes, {:.0} bytes of WAL, {:.2} JetStream \
         publishes, {:.1} messages to NATS",
        counted.commits,
        counted.rollbacks,
        counted.wal_flushes,
        counted.wal_bytes,
        counted.jetstream_publishes,
        counted.broker_received
    )
}

fn correctness(out: &mut String, report: &Report) -> fmt::Result {
    let all = &report.correctness;
    let verdict = &all.verdict;
    writeln!(
        out,
        "\n{} customers wrote {} messages and got {} answers: lost {}, doubled {}, to others {}",
        verdict.customers,
        verdict.messages,
        verdict.answers,
        verdict.lost,
        verdict.doubled,
        verdict.to_strangers
    )?;
    writeln!(
        out,
        "last receipts: {} given, {} booked; webhooks called again {}, given up {}; warnings in the log {}",
        all.receipts_given, all.receipts_booked, all.webhook_retries, all.webhook_lost, all.warnings
    )
}

fn aims(out: &mut String, report: &Report) -> fmt::Result {
    if report.aims.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{:<38} {:>10} {:>8} {:>9}   {:<10} ratio", "", "now", "aim", "moonshot", "")?;
    for aim in &report.aims {
        let outcome = match aim.outcome {
            Outcome::Moonshot => "moonshot",
            Outcome::Reached => "reached",
            Outcome::Missed => "missed",
            Outcome::NotJudged => "not judged",
        };
        let value = match aim.unit {
            "" => format!("{:.2}", aim.value),
            "ms" | "%" => format!("{:.2} {}", aim.value, aim.unit),
            unit => format!("{:.0} {unit}", aim.value),
        };
        let ratio = aim.ratio.map(|ratio| format!("{:.2} {}", ratio.value, ratio.of)).unwrap_or_default();
        writeln!(
            out,
            "{:<38} {value:>10} {:>8} {:>9}   {outcome:<10} {ratio}",
            aim.what, aim.aim, aim.moonshot
        )?;
    }
    writeln!(
        out,
        "\nLatencies and rates are not judged where others used more than 0.3 of a core, or F was above 1 ms."
    )
}
