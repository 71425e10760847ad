//! Tools that are installed already.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Tool, version};

/// What PATH has to offer for a tool.
#[derive(Debug)]
pub enum Found {
    /// All its programs, new enough, in this folder.
    Usable {
        /// The folder.
        folder: PathBuf,
        /// The version, for showing.
        version: String,
    },
    /// Something, but not what we need.
    Unusable {
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing.
    Nothing,
}

/// Looks the tool up on PATH, passing over `ours`, the folder of downloads.
pub fn look_up(tool: &Tool, ours: &Path) -> Found {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> =
        std::env::split_paths(&path).filter(|folder| !folder.starts_with(ours)).collect();
    look_in(tool, &folders)
}

fn look_in(tool: &Tool, folders: &[PathBuf]) -> Found {
    let Some(first) = tool.programs.first() else { return Found::Nothing };
    let Some(program) = folders.iter().map(|folder| folder.join(first)).find(|program| executable(program))
    else {
        return Found::Nothing;
    };
    let Some(numbers) = ask_version(&program, tool.version_flag) else {
        return Found::Unusable { reason: format!("{} does not tell its version", program.display()) };
    };
    let version = version::written(&numbers);
    if numbers.as_slice() < tool.minimum {
        let minimum = version::written(tool.minimum);
        return Found::Unusable {
            reason: format!("{version} on PATH is too old, {minimum} or newer is needed"),
        };
    }
    // A link on PATH often leads into the folder where the rest is.
    let folder = program.canonicalize().ok().and_then(|real| real.parent().map(Path::to_owned));
    let Some(folder) = folder else { return Found::Nothing };
    match tool.programs.iter().find(|name| !executable(&folder.join(name))) {
        None => Found::Usable { folder, version },
        Some(missing) => {
            let reason = format!("{version} on PATH lacks `{missing}` in {}", folder.display());
            Found::Unusable { reason }
        }
    }
}

fn executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Programs print their version on either channel.
fn ask_version(program: &Path, flag: &str) -> Option<Vec<u32>> {
    let output = Command::new(program).arg(flag).stdin(Stdio::null()).output().ok()?;
    let both = [output.stdout, output.stderr].concat();
    version::first(&String::from_utf8_lossy(&both))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::{Found, look_in};
    use crate::tools::{NATS, POSTGRES};

    fn pretend(folder: &Path, program: &str, prints: &str) -> anyhow::Result<()> {
        let path = folder.join(program);
        fs::write(&path, format!("#!/bin/sh\necho '{prints}'\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    #[test]
    fn an_old_one_is_refused_with_both_versions() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        pretend(folder.path(), "postgres", "postgres (PostgreSQL) 15.18")?;
        let found = look_in(&POSTGRES, &[folder.path().to_owned()]);
        assert!(
            matches!(&found, Found::Unusable { reason } if reason.contains("15.18") && reason.contains("18 or")),
            "{found:?}"
        );
        Ok(())
    }

    #[test]
    fn a_new_one_is_used_and_an_incomplete_one_is_not() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        pretend(folder.path(), "nats-server", "nats-server: v2.15.3")?;
        pretend(folder.path(), "postgres", "postgres (PostgreSQL) 18.6")?;
        let folders = [folder.path().to_owned()];
        assert!(matches!(look_in(&NATS, &folders), Found::Usable { version, .. } if version == "2.15.3"));
        assert!(
            matches!(look_in(&POSTGRES, &folders), Found::Unusable { reason } if reason.contains("initdb"))
        );
        assert!(matches!(look_in(&NATS, &[]), Found::Nothing));
        Ok(())
    }
}
