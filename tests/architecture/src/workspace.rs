//! The workspace as cargo sees it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::Context as _;
use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand};

/// Where a crate of ours stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Under `libs/`.
    Lib,
    /// Under `services/`.
    Service,
    /// Under `tests/`.
    Test,
    /// `xtask`.
    Task,
}

/// A crate of ours.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name, which is its folder's.
    pub name: String,
    /// Where it stands.
    pub kind: Kind,
    /// Its folder.
    pub folder: PathBuf,
    /// What it is built from: the names of crates it depends on, ours and others.
    pub dependencies: BTreeSet<String>,
    /// What only its tests use.
    pub test_dependencies: BTreeSet<String>,
}

/// Any crate that ends up in a build.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence as an SPDX expression, if it declares one.
    pub licence: Option<String>,
    /// Whether it comes from the public registry (or is ours).
    pub from_registry: bool,
}

/// Everything cargo knows.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder of the checkout.
    pub root: PathBuf,
    /// Our crates.
    pub members: Vec<Member>,
    /// All crates, ours and others, on every platform.
    pub packages: Vec<Package>,
}

impl Workspace {
    /// The workspace that this crate belongs to. Cargo is asked once.
    pub fn load() -> anyhow::Result<&'static Self> {
        static LOADED: OnceLock<Workspace> = OnceLock::new();
        if let Some(loaded) = LOADED.get() {
            return Ok(loaded);
        }
        let asked = Self::ask_cargo()?;
        Ok(LOADED.get_or_init(|| asked))
    }

    fn ask_cargo() -> anyhow::Result<Self> {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .features(CargoOpt::AllFeatures)
            .exec()
            .context("cargo metadata")?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let mut members = Vec::new();
        for package in metadata.workspace_packages() {
            let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
            let place = folder.strip_prefix(&metadata.workspace_root)?;
            let kind = match place.components().next().map(|first| first.as_str().to_owned()).as_deref() {
                Some("libs") => Kind::Lib,
                Some("services") => Kind::Service,
                Some("tests") => Kind::Test,
                _ => Kind::Task,
            };
            let named = |wanted: fn(DependencyKind) -> bool| {
                let of_kind = package.dependencies.iter().filter(move |dependency| wanted(dependency.kind));
                of_kind.map(|dependency| dependency.name.clone()).collect()
            };
            members.push(Member {
                name: package.name.to_string(),
                kind,
                folder: folder.to_owned().into_std_path_buf(),
                dependencies: named(|kind| kind != DependencyKind::Development),
                test_dependencies: named(|kind| kind == DependencyKind::Development),
            });
        }
        let packages = metadata.packages.iter().map(|package| Package {
            name: package.name.to_string(),
            version: package.version.to_string(),
            licence: package.license.clone(),
            from_registry: package.source.as_ref().is_none_or(|source| {
                source.repr.starts_with("registry+") || source.repr.starts_with("sparse+")
            }),
        });
        Ok(Self { root, members, packages: packages.collect() })
    }

    /// The names of our crates of a kind.
    pub fn names(&self, kind: Kind) -> BTreeSet<&str> {
        self.members.iter().filter(|member| member.kind == kind).map(|member| member.name.as_str()).collect()
    }
}
