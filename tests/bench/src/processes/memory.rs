//! Memory of processes. What several share, such as the database's buffers, counts once.

use std::fs;

use anyhow::Context as _;
use serde::Serialize;

/// Memory in use, in millions of bytes.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Memory {
    /// Load, customers and provider.
    pub bench_mb: f64,
    /// The five services.
    pub frontdesk_mb: f64,
    /// The most they held at any time.
    pub frontdesk_peak_mb: f64,
    /// The broker.
    pub nats_mb: f64,
    /// The database with all its sessions.
    pub postgres_mb: f64,
}

/// The sum of the processes' proportional shares (PSS). One that ended meanwhile, as sessions do, counts nothing.
pub fn proportional_mb(pids: &[u32]) -> anyhow::Result<f64> {
    let shares: Vec<f64> = pids.iter().filter_map(|pid| field_mb(*pid, "smaps_rollup", "Pss:")).collect();
    anyhow::ensure!(
        !shares.is_empty(),
        "cannot read the memory of process {:?}; run as its user",
        pids.first()
    );
    Ok(shares.iter().sum())
}

/// The most a process held at any time since it started.
pub fn peak_mb(pid: u32) -> anyhow::Result<f64> {
    field_mb(pid, "status", "VmHWM:").with_context(|| format!("process {pid} is gone"))
}

fn field_mb(pid: u32, file: &str, name: &str) -> Option<f64> {
    parse_mb(&fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?, name)
}

/// `Pss:     1234 kB`
fn parse_mb(text: &str, name: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib * 1.024).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kib_are_told_in_millions_of_bytes() {
        let text =
            "559b-7ffe ---p 00000000 00:00 0 [rollup]\nRss:  3000 kB\nPss:     1500 kB\nPss_Dirty: 9 kB\n";
        assert_eq!(parse_mb(text, "Pss:"), Some(1.536));
        assert_eq!(parse_mb(text, "Swap:"), None);
    }

    #[test]
    fn a_process_that_ended_counts_nothing() -> anyhow::Result<()> {
        let ours = std::process::id();
        assert!(proportional_mb(&[ours, u32::MAX])? > 0.5);
        assert!(proportional_mb(&[u32::MAX]).is_err());
        assert!(peak_mb(ours)? > 0.5);
        Ok(())
    }
}
