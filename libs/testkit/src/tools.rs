//! Finding the programs that tests start: first in the checkout, then on PATH.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

/// A folder with programs of the right versions, given by whoever runs the tests.
const GIVEN: &str = "FRONTDESK_TEST_TOOLS";

/// The run folder of the checkout, ignored by git.
pub(crate) fn run_folder() -> PathBuf {
    workspace().join(".frontdesk/run")
}

fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// A program of at least the given version.
pub(crate) fn find(program: &str, oldest: (u32, u32)) -> anyhow::Result<PathBuf> {
    let given = std::env::var_os(GIVEN).map(PathBuf::from);
    let folders = [given, Some(workspace().join(".frontdesk/tools/bin"))];
    if let Some(found) =
        folders.into_iter().flatten().map(|folder| folder.join(program)).find(|path| path.is_file())
    {
        return Ok(found);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .filter(|candidate| candidate.is_file())
        .find(|candidate| version(candidate).is_some_and(|found| found >= oldest))
        .with_context(|| {
            format!(
                "this test needs {program} {}.{} or newer, which is neither in .frontdesk/tools nor on PATH; \
                 run `cargo xtask test` once, which fetches it",
                oldest.0, oldest.1
            )
        })
}

fn version(program: &Path) -> Option<(u32, u32)> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// `postgres (PostgreSQL) 18.6 (Debian …)`, `nats-server: v2.15.1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    text.split_whitespace().find_map(|word| {
        let mut numbers = word.trim_start_matches('v').split(['.', '-']);
        let major = numbers.next()?.parse().ok()?;
        Some((major, numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0)))
    })
}

/// PostgreSQL's programs refuse to run as root. In a user namespace they see another user, while their files stay ours.
pub(crate) fn as_ordinary_user(program: &Path) -> Command {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    if root {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-user=65534", "--map-group=65534"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_print() {
        assert_eq!(parse_version("postgres (PostgreSQL) 18.6"), Some((18, 6)));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1 18"), Some((18, 0)));
        assert_eq!(parse_version("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(parse_version("nats-server: v2.15.0-RC.1"), Some((2, 15)));
        assert_eq!(parse_version("no version here"), None);
    }

    #[test]
    fn a_missing_program_is_explained() {
        let Err(error) = find("no-such-program", (2, 15)) else { panic!("found") };
        assert!(error.to_string().contains("cargo xtask test"), "{error}");
    }
}
