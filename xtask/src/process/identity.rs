//! Telling a process from another one that got the same number later.

use std::fs;
use std::path::PathBuf;

/// A process, told by its number and by when it started. Both together are unique until the machine restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The process number.
    pub pid: u32,
    /// When it started, in clock ticks since the machine did.
    pub started: u64,
}

impl Identity {
    /// The live process with this number; `None` when there is none, or only a zombie waiting to be collected.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (state, started) = parse_stat(&stat)?;
        (!matches!(state, 'Z' | 'X')).then_some(Self { pid, started })
    }

    /// Whether this very process is still alive.
    pub fn alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// The program file it runs, if that may be seen.
    pub fn program(self) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/exe", self.pid)).ok()
    }
}

/// State letter and start time from `/proc/<pid>/stat`. The second field is the program's name in brackets and may
/// itself hold brackets and blanks, so fields are counted from the last closing one.
fn parse_stat(stat: &str) -> Option<(char, u64)> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?.chars().next()?;
    // Field 22 of the line, the state being field 3.
    let started = fields.nth(18)?.parse().ok()?;
    Some((state, started))
}

/// The command line of a process for showing to a person, cut to `limit` characters.
pub fn command_line(pid: u32, limit: usize) -> Option<String> {
    let raw = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let text = String::from_utf8_lossy(&raw).trim_end_matches('\0').replace('\0', " ");
    if text.is_empty() {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        return Some(name.trim_end().to_owned());
    }
    Some(match text.char_indices().nth(limit) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::{Identity, parse_stat};

    #[test]
    fn a_name_with_brackets_and_blanks_does_not_shift_the_fields() {
        let line = "4711 (a) odd) name) S 1 4711 4711 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 987654 1000 20";
        assert_eq!(parse_stat(line), Some(('S', 987_654)));
        assert_eq!(parse_stat("4711 (cut"), None);
    }

    #[test]
    fn we_are_alive_and_a_namesake_is_not_us() {
        let us = Identity::of(std::process::id());
        assert!(us.is_some_and(Identity::alive));
        assert!(us.is_some_and(|us| !Identity { started: us.started + 1, ..us }.alive()));
    }
}
