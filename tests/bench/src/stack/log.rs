//! The services' log, as far as a run wants to know.

use std::fs;
use std::path::Path;

const TAIL: usize = 30;

/// The last lines; empty if there is no log.
pub fn tail(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default().join("\n")
}

/// How many lines are warnings or errors.
pub fn warnings(path: &Path) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter(|line| is_warning(line)).count() as u64
}

fn is_warning(line: &str) -> bool {
    line.contains(r#""level":"WARN""#) || line.contains(r#""level":"ERROR""#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_short_and_warnings_are_counted() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        let line = |level: &str, n: usize| format!(r#"{{"level":"{level}","fields":{{"n":{n}}}}}"#);
        let mut lines: Vec<String> = (0..40).map(|n| line("INFO", n)).collect();
        lines.extend([line("WARN", 40), line("ERROR", 41)]);
        fs::write(&path, lines.join("\n"))?;
        assert_eq!(tail(&path).lines().count(), TAIL);
        assert!(tail(&path).ends_with(r#"{"n":41}}"#));
        assert_eq!(warnings(&path), 2);
        assert_eq!(
            (tail(&folder.path().join("none")), warnings(&folder.path().join("none"))),
            (String::new(), 0)
        );
        Ok(())
    }
}
