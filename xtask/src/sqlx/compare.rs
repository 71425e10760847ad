//! Comparing and replacing the committed descriptions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// In which files the committed folder differs from a freshly made one: changed, missing or left over.
pub fn differences(kept: &Path, fresh: &Path) -> anyhow::Result<Vec<String>> {
    let (kept, fresh) = (contents(kept)?, contents(fresh)?);
    let names: BTreeSet<&String> = kept.keys().chain(fresh.keys()).collect();
    Ok(names.into_iter().filter(|name| kept.get(*name) != fresh.get(*name)).cloned().collect())
}

/// Makes the committed folder equal to the fresh one.
pub fn replace(kept: &Path, fresh: &Path) -> anyhow::Result<()> {
    let new = contents(fresh)?;
    for name in contents(kept)?.keys().filter(|name| !new.contains_key(*name)) {
        let path = kept.join(name);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    fs::create_dir_all(kept).with_context(|| format!("cannot make {}", kept.display()))?;
    for (name, text) in new {
        let path = kept.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The files of a folder by name; none if it is not there.
fn contents(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut contents = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(contents);
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        contents.insert(name, text);
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{differences, replace};

    #[test]
    fn what_changed_is_missing_or_is_left_over_counts() -> anyhow::Result<()> {
        let (kept, fresh) = (tempfile::tempdir()?, tempfile::tempdir()?);
        for (folder, name, text) in [
            (&kept, "same", "1"),
            (&fresh, "same", "1"),
            (&kept, "changed", "1"),
            (&fresh, "changed", "2"),
            (&fresh, "missing", "1"),
            (&kept, "left-over", "1"),
        ] {
            fs::write(folder.path().join(name), text)?;
        }
        assert_eq!(differences(kept.path(), fresh.path())?, ["changed", "left-over", "missing"]);
        replace(kept.path(), fresh.path())?;
        assert!(differences(kept.path(), fresh.path())?.is_empty());
        Ok(())
    }
}
