//! F: how long the disk takes to make sure of 8 kB.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;

use crate::latency::Latencies;

/// What the database writes at least.
const PAGE: [u8; 8_192] = [0x5a; 8_192];

/// Appends a page to a new file and flushes it (fdatasync), `count` times.
pub fn flushes(folder: &Path, count: usize) -> anyhow::Result<Latencies> {
    let path = folder.join("flush-probe");
    let probe = || {
        let mut file = File::create(&path)?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            let started = Instant::now();
            file.write_all(&PAGE)?;
            file.sync_data()?;
            lengths.push(started.elapsed());
        }
        Ok(Latencies::of(lengths))
    };
    let measured: std::io::Result<_> = probe();
    let _nothing_to_remove = std::fs::remove_file(&path);
    measured.with_context(|| format!("cannot measure the disk under {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flushes_are_counted_and_leave_nothing_behind() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        assert_eq!(flushes(folder.path(), 5)?.summary().count, 5);
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }
}
