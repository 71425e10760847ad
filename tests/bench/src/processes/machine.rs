//! The machine as a whole: what all its processors did.

use std::fs;

use anyhow::Context as _;

/// Ticks since the machine started, over all processors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Machine {
    /// Nothing to do, or waiting for a disk.
    pub idle: u64,
    /// Taken by the machine below this one.
    pub stolen: u64,
}

impl Machine {
    pub fn read() -> anyhow::Result<Self> {
        let stat =
            fs::read_to_string("/proc/stat").context("cannot read /proc/stat; the bench needs Linux")?;
        parse(&stat).context("/proc/stat has no line of all processors")
    }
}

/// `cpu user nice system idle iowait irq softirq steal …`
fn parse(stat: &str) -> Option<Machine> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let fields: Vec<u64> = line.split_ascii_whitespace().filter_map(|field| field.parse().ok()).collect();
    Some(Machine { idle: fields.get(3)? + fields.get(4)?, stolen: fields.get(7).copied().unwrap_or(0) })
}

/// How many processors there are.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_a_disk_is_idle() {
        let stat = "cpu  100 1 50 400 40 0 9 3 0 0\ncpu0 50 0 25 200 20 0 4 1 0 0\n";
        assert_eq!(parse(stat), Some(Machine { idle: 440, stolen: 3 }));
    }
}
