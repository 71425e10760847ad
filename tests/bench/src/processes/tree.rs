//! Processes with their parents, as one look at /proc shows them.

use std::collections::HashMap;
use std::fs;

use anyhow::Context as _;

/// All processes of the machine.
#[derive(Debug, Default)]
pub struct Tree(HashMap<u32, Process>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    parent: u32,
    /// Own CPU, all threads, also those that ended; in ticks.
    own: u64,
    /// CPU of children that ended and were collected; in ticks. What a session used while it lived moves here when it
    /// ends, so that the sum over a tree never falls.
    collected: u64,
}

impl Tree {
    /// Looks at all processes. Those that end meanwhile are left out; their parents count them.
    ///
    /// # Errors
    /// When there is no /proc.
    pub fn read() -> anyhow::Result<Self> {
        let entries = fs::read_dir("/proc").context("cannot read /proc; the bench needs Linux")?;
        let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let processes = pids.filter_map(|pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parse(&stat)?))
        });
        Ok(Self(processes.collect()))
    }

    /// CPU of a process and everything it started, in ticks.
    pub fn cpu(&self, root: u32) -> Option<u64> {
        self.0.get(&root)?;
        Some(self.members(root).iter().filter_map(|pid| self.0.get(pid)).map(|p| p.own + p.collected).sum())
    }

    /// CPU of a process without what it started, in ticks.
    pub fn cpu_alone(&self, pid: u32) -> Option<u64> {
        self.0.get(&pid).map(|process| process.own)
    }

    /// A process and everything that descends from it.
    pub fn members(&self, root: u32) -> Vec<u32> {
        let mut members = vec![root];
        let mut next = 0;
        while let Some(&parent) = members.get(next) {
            let children = self.0.iter().filter(|(_, process)| process.parent == parent);
            members.extend(children.map(|(pid, _)| *pid));
            next += 1;
        }
        members
    }
}

/// Reads `/proc/<pid>/stat`. The second field, the name, may hold blanks and parentheses; what follows it does not.
fn parse(stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // Counted from 1 in proc(5), where the state after the name is field 3.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Process {
        parent: u32::try_from(field(4)?).ok()?,
        own: field(14)? + field(15)?,
        collected: field(16)? + field(17)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_parentheses_is_passed_over() {
        let stat =
            "4242 (postgres: (x) 3 S 0) S 4200 4242 4242 0 -1 4194560 900 5 0 0 70 30 8 2 20 0 1 0 9 8 7";
        assert_eq!(parse(stat), Some(Process { parent: 4_200, own: 100, collected: 10 }));
    }

    #[test]
    fn a_session_that_ends_leaves_the_sum_as_it_was() {
        let process = |parent, own, collected| Process { parent, own, collected };
        let before = Tree(HashMap::from([
            (10, process(1, 50, 5)),
            (11, process(10, 20, 0)),
            (12, process(10, 7, 0)),
            (99, process(1, 1_000, 0)),
        ]));
        let after = Tree(HashMap::from([(10, process(1, 50, 25)), (12, process(10, 7, 0))]));
        assert_eq!(before.cpu(10), Some(82));
        assert_eq!(after.cpu(10), Some(82));
        assert_eq!(after.cpu(11), None);
        assert_eq!(before.cpu_alone(10), Some(50));
    }

    #[test]
    fn this_process_is_there_with_its_parent() -> anyhow::Result<()> {
        let tree = Tree::read()?;
        assert!(tree.cpu(std::process::id()).is_some());
        assert!(tree.members(std::os::unix::process::parent_id()).contains(&std::process::id()));
        Ok(())
    }
}
