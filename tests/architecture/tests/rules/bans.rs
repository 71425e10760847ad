//! Crates that must not be there, or not twice.

use std::collections::{BTreeMap, BTreeSet};

use architecture::Workspace;

use crate::nothing;

/// A crate, and why not.
const BANNED: [(&str, &str); 5] = [
    ("openssl-sys", "one TLS stack: rustls"),
    ("native-tls", "one TLS stack: rustls"),
    ("aws-lc-rs", "one provider for rustls: ring; with two, the first connection panics"),
    ("aws-lc-sys", "one provider for rustls: ring; with two, the first connection panics"),
    ("chrono", "time is jiff's; chrono also changes the types of async-nats"),
];

/// Crates whose types cross between libraries: two versions compile, and then do not fit.
const SINGLE: [&str; 14] = [
    "async-nats",
    "axum",
    "bytes",
    "http",
    "hyper",
    "jiff",
    "prost",
    "reqwest",
    "rustls",
    "sqlx",
    "tokio",
    "tonic",
    "tower-http",
    "uuid",
];

#[test]
fn nothing_banned_is_linked() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let banned: BTreeMap<&str, &str> = BANNED.into_iter().collect();
    nothing(workspace.packages.iter().filter_map(|package| {
        let why = banned.get(package.name.as_str())?;
        Some(format!(
            "{} {} is in the build ({why}); see `cargo tree -i {}`",
            package.name, package.version, package.name
        ))
    }))
}

#[test]
fn there_is_one_version_of_what_crosses_crates() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    nothing(SINGLE.into_iter().filter_map(|name| {
        let versions: BTreeSet<&str> = workspace
            .packages
            .iter()
            .filter(|package| package.name == name)
            .map(|package| package.version.as_str())
            .collect();
        (versions.len() > 1).then(|| format!("{name} is there in versions {versions:?}; see `cargo tree -d`"))
    }))
}

/// A dependency on a branch is a dependency on a mood.
#[test]
fn everything_comes_from_the_registry() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let elsewhere = workspace.packages.iter().filter(|package| !package.from_registry);
    nothing(
        elsewhere
            .map(|package| format!("{} {} does not come from the registry", package.name, package.version)),
    )
}
