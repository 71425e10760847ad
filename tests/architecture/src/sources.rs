//! The files of the repository.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// A text file of ours.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path below the checkout, with forward slashes.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl Source {
    /// The file's extension, or its name where it has none.
    pub fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit('.').next().unwrap_or_default()
    }
}

/// What is not written by hand, or not part of the repository.
const PASSED_OVER: [&str; 5] = ["target", ".git", ".frontdesk", ".sqlx", "Cargo.lock"];

/// All text files below the checkout's folder. Files that are no text are left out.
pub fn all_sources(root: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    collect(root, root, &mut sources)?;
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if PASSED_OVER.contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, sources)?;
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            sources.push(Source { path, text });
        }
    }
    Ok(())
}
