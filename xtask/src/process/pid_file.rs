//! Who we started, written down, so that a later start can find what an earlier one left behind.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Identity;

/// A file that holds the identity of one running program.
#[derive(Clone, Debug)]
pub struct PidFile(PathBuf);

impl PidFile {
    /// The pid file at `path`, existing or not.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Writes down that `pid` was started.
    pub fn write(&self, pid: u32) -> anyhow::Result<()> {
        // Gone already? Then there is nothing that could be left behind.
        let Some(identity) = Identity::of(pid) else { return Ok(()) };
        fs::write(&self.0, render(identity, &boot()))
            .with_context(|| format!("cannot write {}", self.0.display()))
    }

    /// The process written down, if it is still that very process. A machine restart ends all.
    pub fn survivor(&self) -> Option<Identity> {
        let identity = parse(&fs::read_to_string(&self.0).ok()?, &boot())?;
        identity.alive().then_some(identity)
    }

    /// Forgets.
    pub fn remove(&self) {
        let _not_there = fs::remove_file(&self.0);
    }
}

/// Differs after each start of the machine; empty where the system does not tell.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

fn render(identity: Identity, boot: &str) -> String {
    format!("pid={}\nstarted={}\nboot={boot}\n", identity.pid, identity.started)
}

fn parse(text: &str, this_boot: &str) -> Option<Identity> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    if field("boot")? != this_boot {
        return None;
    }
    Some(Identity { pid: field("pid")?.parse().ok()?, started: field("started")?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::{PidFile, parse, render};
    use crate::process::Identity;

    #[test]
    fn what_was_written_is_read_back_until_the_machine_restarts() {
        let identity = Identity { pid: 42, started: 1_000 };
        let text = render(identity, "boot-a");
        assert_eq!(parse(&text, "boot-a"), Some(identity));
        assert_eq!(parse(&text, "boot-b"), None);
        assert_eq!(parse("pid=42", "boot-a"), None, "cut off while it was written");
    }

    #[test]
    fn a_survivor_is_the_same_process_not_one_with_its_number() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = PidFile::at(&folder.path().join("x.pid"));
        assert_eq!(file.survivor(), None);
        file.write(std::process::id())?;
        assert_eq!(file.survivor().map(|found| found.pid), Some(std::process::id()));
        let text = std::fs::read_to_string(folder.path().join("x.pid"))?.replace("started=", "started=1");
        std::fs::write(folder.path().join("x.pid"), text)?;
        assert_eq!(file.survivor(), None);
        Ok(())
    }
}
