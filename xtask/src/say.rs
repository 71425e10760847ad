//! What the person at the terminal reads. One sentence per line; a closed pipe is no reason to stop.

use std::fmt::Display;
use std::io::Write as _;

/// Prints a line to standard output.
pub fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    // A reader that went away (`| head`) must not take the servers down with it.
    let _closed_pipe = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints a line that wants attention, to standard error.
pub fn warn(text: impl Display) {
    let _closed_pipe = writeln!(std::io::stderr().lock(), "warning: {text}");
}

/// Prints the line that says why the task failed, to standard error.
pub fn error(text: impl Display) {
    let _closed_pipe = writeln!(std::io::stderr().lock(), "error: {text}");
}

/// A duration as people read it: `42 ms`, `3.1 s`, `2 min 5 s`.
pub fn duration(elapsed: std::time::Duration) -> String {
    let seconds = elapsed.as_secs();
    match (seconds, elapsed.as_millis()) {
        (0, millis) => format!("{millis} ms"),
        (1..60, _) => format!("{:.1} s", elapsed.as_secs_f64()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn durations_are_short_to_read() {
        assert_eq!(duration(Duration::from_millis(42)), "42 ms");
        assert_eq!(duration(Duration::from_millis(3_140)), "3.1 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
    }
}
