//! The table at the end.

use std::fmt;
use std::time::Duration;

use super::step::Outcome;
use crate::say;

/// One step's result.
#[derive(Clone, Debug)]
pub struct Line {
    pub name: &'static str,
    pub outcome: Outcome,
    pub advice: &'static str,
    pub took: Duration,
}

impl Line {
    pub fn failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let took = say::duration(self.took);
        match &self.outcome {
            Outcome::Passed => write!(f, "{:<12} passed   {took:>12}", self.name),
            Outcome::Failed(why) => {
                write!(f, "{:<12} FAILED   {took:>12}   {why}; {}", self.name, self.advice)
            }
        }
    }
}

/// All lines, and the count that machines look for on the last one.
pub fn table(lines: &[Line]) -> String {
    let count = |wanted: fn(&Outcome) -> bool| lines.iter().filter(|line| wanted(&line.outcome)).count();
    let passed = count(|outcome| matches!(outcome, Outcome::Passed));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let mut text: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    text.push_str(&format!("\n{passed} passed, {failed} failed"));
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Line, Outcome, table};

    #[test]
    fn the_last_line_counts_and_a_failure_says_what_to_do() {
        let line = |outcome| Line {
            name: "fmt",
            outcome,
            advice: "run `cargo fmt --all`",
            took: Duration::from_millis(1_500),
        };
        let all = [line(Outcome::Passed), line(Outcome::Failed("see above".to_owned()))];
        let text = table(&all);
        assert!(
            text.contains("FAILED") && text.contains("run `cargo fmt --all`") && text.contains("1.5 s"),
            "{text}"
        );
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed"));
    }
}
