//! Letting the query macros describe every statement of the workspace.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, ensure};

use super::migrate;
use crate::cargo::cargo;
use crate::checkout::Checkout;
use crate::process::Output;
use crate::scratch::Scratch;
use crate::tools::Toolbox;

/// Migrates a fresh database on the private server and writes one file per statement. Returns their folder.
pub fn describe(checkout: &Checkout, scratch: &mut Scratch, tools: &Toolbox) -> anyhow::Result<PathBuf> {
    let url = scratch.database("frontdesk")?;
    let mut psql = scratch.psql(tools, "frontdesk")?;
    for file in migrate::files(checkout, scratch.folder())? {
        psql = psql.args(["--file"]).args([file]);
    }
    psql.ask().context("a migration does not apply to a fresh database")?;

    let fresh = scratch.folder().join("queries");
    fs::create_dir_all(&fresh).with_context(|| format!("cannot make {}", fresh.display()))?;
    let check = cargo(checkout, ["check", "--workspace", "--all-targets", "--quiet"])
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &fresh)
        .env("DATABASE_URL", url.expose());
    let touched = Touched::every_query(checkout, scratch.folder())?;
    let status = scratch.supervisor.run(&check, &Output::Terminal)?;
    drop(touched);
    ensure!(status.success(), "`cargo check` against the migrated database failed; its words are above");
    Ok(fresh)
}

/// Sources that look newer than they are, until this is dropped. What cargo has compiled already is not expanded
/// again, so the macros would stay silent; cleaning would compile everything else again too.
struct Touched(Vec<(PathBuf, SystemTime)>);

impl Touched {
    fn every_query(checkout: &Checkout, folder: &Path) -> anyhow::Result<Self> {
        let mut sources = Vec::new();
        for part in ["libs", "services", "tests"] {
            with_queries(&checkout.root().join(part), &mut sources)?;
        }
        // The time as the file system has it, which is the clock that cargo compares.
        let stamp = folder.join("now");
        let now = File::create(&stamp)
            .and_then(|file| file.metadata()?.modified())
            .with_context(|| format!("cannot make {}", stamp.display()))?;
        let mut touched = Self(Vec::new());
        for path in sources {
            let before =
                set_modified(&path, now).with_context(|| format!("cannot touch {}", path.display()))?;
            touched.0.push((path, before));
        }
        Ok(touched)
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for (path, before) in &self.0 {
            // Staying newer costs one compilation, nothing else.
            let _one_compilation = set_modified(path, *before);
        }
    }
}

fn set_modified(path: &Path, time: SystemTime) -> std::io::Result<SystemTime> {
    let file = File::options().append(true).open(path)?;
    let before = file.metadata()?.modified()?;
    file.set_modified(time)?;
    Ok(before)
}

/// Collects the sources that use a query macro.
fn with_queries(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    const MACROS: [&str; 6] =
        ["query!(", "query_as!(", "query_scalar!(", "query_file!(", "query_file_as!(", "query_file_scalar!("];
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            with_queries(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if MACROS.iter().any(|name| text.contains(name)) {
                found.push(path);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Touched;
    use crate::checkout::Checkout;

    #[test]
    fn only_sources_with_queries_are_touched_and_their_time_comes_back() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        for part in ["libs", "services/x/src", "tests"] {
            fs::create_dir_all(root.path().join(part))?;
        }
        let (with, without) =
            (root.path().join("services/x/src/a.rs"), root.path().join("services/x/src/b.rs"));
        fs::write(&with, "sqlx::query!(\"select 1\")")?;
        fs::write(&without, "fn main() {}")?;
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
        for path in [&with, &without] {
            super::set_modified(path, long_ago)?;
        }
        let touched = Touched::every_query(&Checkout::at(root.path()), root.path())?;
        assert_ne!(fs::metadata(&with)?.modified()?, long_ago);
        assert_eq!(fs::metadata(&without)?.modified()?, long_ago);
        drop(touched);
        assert_eq!(fs::metadata(&with)?.modified()?, long_ago);
        Ok(())
    }
}
