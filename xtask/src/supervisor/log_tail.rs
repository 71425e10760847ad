//! The end of a log, for a person who asks what happened.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

const LINES: usize = 12;
const BYTES: u64 = 16 * 1024;

/// The last lines of the file, indented; a placeholder where there are none.
pub fn tail(log: &Path) -> String {
    let text = end_of(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return "  (empty)".to_owned();
    }
    let shown = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or(&lines);
    shown.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn end_of(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn only_the_last_lines_are_shown() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("x.log");
        assert_eq!(tail(&log), "  (empty)");
        let text: String = (0..10_000).map(|line| format!("line {line}\n")).collect();
        std::fs::write(&log, text)?;
        let shown = tail(&log);
        assert!(shown.starts_with("  line 9988\n") && shown.ends_with("  line 9999"), "{shown}");
        Ok(())
    }
}
