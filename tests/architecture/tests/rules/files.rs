//! What the tree looks like.

use architecture::{Workspace, all_sources};

use crate::nothing;

/// A file is named after one thing; past this length it is about more than one.
const LONGEST: usize = 500;

#[test]
fn no_file_is_too_long() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    nothing(all_sources(&workspace.root)?.into_iter().filter_map(|source| {
        let by_hand = matches!(source.extension(), "rs" | "sql" | "proto" | "py" | "sh" | "run");
        let lines = source.text.lines().count();
        (by_hand && lines > LONGEST).then(|| format!("{} has {lines} lines; split it", source.path))
    }))
}

/// The README says in three lines what the crate owns, what it refuses and who uses it.
#[test]
fn every_crate_has_a_readme() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    nothing(workspace.members.iter().filter_map(|member| {
        let there = std::fs::read_to_string(member.folder.join("README.md"))
            .is_ok_and(|text| text.lines().count() > 3);
        (!there).then(|| format!("{} has no README.md, or one that says nothing", member.name))
    }))
}

/// One name, no second spelling: the folder is the package.
#[test]
fn a_crate_is_named_as_its_folder() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    nothing(workspace.members.iter().filter_map(|member| {
        let folder = member.folder.file_name()?.to_string_lossy();
        (folder != member.name.as_str()).then(|| format!("{} lies in a folder called {folder}", member.name))
    }))
}
