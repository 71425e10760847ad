//! One line per thing that happens.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Who a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Customer,
    Clinic,
    Reminder,
    Receipt,
    /// The play itself.
    Play,
}

impl Who {
    fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Clinic => "clinic",
            Self::Reminder => "reminder",
            Self::Receipt => "receipt",
            Self::Play => "",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Customer => "\x1b[36m",
            Self::Clinic => "\x1b[32m",
            Self::Reminder => "\x1b[33m",
            Self::Receipt => "\x1b[2m",
            Self::Play => "\x1b[1m",
        }
    }
}

/// Prints lines with the time since the start and since the line before.
pub(super) struct Printer<'a> {
    out: &'a mut (dyn Write + Send),
    colour: bool,
    started: Instant,
    last: Instant,
}

/// Where the text begins; further lines of a text are indented to it.
const MARGIN: usize = 32;

impl<'a> Printer<'a> {
    pub fn new(out: &'a mut (dyn Write + Send), colour: bool) -> Self {
        let now = Instant::now();
        Self { out, colour, started: now, last: now }
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub fn line(&mut self, who: Who, text: &str) -> io::Result<()> {
        let now = Instant::now();
        let since_start = now.duration_since(self.started).as_secs_f64();
        let since_last = now.duration_since(self.last).as_millis();
        self.last = now;
        let text = text.trim_end().replace('\n', &format!("\n{:MARGIN$}", ""));
        let (on, off) = if self.colour { (who.colour(), "\x1b[0m") } else { ("", "") };
        writeln!(self.out, "{since_start:8.3} s {since_last:>+7} ms  {on}{:<9}{text}{off}", who.word())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_several_lines_keep_their_margin() {
        let mut out: Vec<u8> = Vec::new();
        let mut printer = Printer::new(&mut out, false);
        printer.line(Who::Clinic, "Free:\n1. 10:00\n").unwrap();
        printer.line(Who::Receipt, "read").unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].find("Free:"), Some(MARGIN), "{text}");
        assert_eq!(lines[1].find("1. 10:00"), Some(MARGIN), "{text}");
        assert!(lines[2].contains("receipt  read") && !text.contains('\x1b'));
    }

    #[test]
    fn colour_only_when_asked_for() {
        let mut out: Vec<u8> = Vec::new();
        Printer::new(&mut out, true).line(Who::Customer, "Hi").unwrap();
        assert!(String::from_utf8(out).unwrap().contains("\x1b[36mcustomer Hi\x1b[0m"));
    }
}
