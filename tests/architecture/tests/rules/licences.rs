//! Under which terms the crates we link may be used.

use architecture::{Workspace, permits};

use crate::nothing;

/// The same list as in `deny.toml`.
const ALLOWED: [&str; 9] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

#[test]
fn every_crate_may_be_used_and_passed_on() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    nothing(workspace.packages.iter().filter_map(|package| match &package.licence {
        Some(licence) if permits(licence, &ALLOWED) => None,
        Some(licence) => Some(format!("{} {} is under {licence}", package.name, package.version)),
        None => Some(format!("{} {} declares no licence", package.name, package.version)),
    }))
}

#[test]
fn deny_toml_has_the_same_list() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let text = std::fs::read_to_string(workspace.root.join("deny.toml"))?;
    nothing(
        ALLOWED
            .iter()
            .filter(|name| !text.contains(&format!("\"{name}\"")))
            .map(|name| format!("deny.toml lacks {name}")),
    )
}
