//! Where things are: the checkout, what was built, and the git-ignored folder that holds everything we run.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// One checkout of the repository. All state of its tasks lies in `.frontdesk/`, so two checkouts never meet.
#[derive(Clone, Debug)]
pub struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The checkout this program was started from: the folder above this crate, as cargo tells it.
    pub fn find() -> anyhow::Result<Self> {
        let crate_folder = std::env::var_os("CARGO_MANIFEST_DIR")
            .context("start this through cargo: `cargo xtask` in the checkout")?;
        let root = Path::new(&crate_folder).parent().context("the xtask crate must lie in the checkout")?;
        Ok(Self { root: root.to_owned() })
    }

    #[cfg(test)]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `.frontdesk/`: downloads, data, logs, pid files. Ignored by git, safe to delete while nothing runs.
    pub fn state(&self) -> PathBuf {
        self.root.join(".frontdesk")
    }

    /// `.frontdesk/tools/`: programs that were downloaded.
    pub fn tools(&self) -> PathBuf {
        self.state().join("tools")
    }

    /// `.frontdesk/run/`: logs, pid files, development tokens.
    pub fn run(&self) -> PathBuf {
        self.state().join("run")
    }

    /// A program of this workspace as cargo builds it. Derived from our own place, so that any configured target
    /// folder is honoured.
    pub fn built(&self, program: &str, profile: Profile) -> anyhow::Result<PathBuf> {
        let ours = std::env::current_exe().context("cannot find this program's own path")?;
        let folder = ours.parent().context("this program must lie in cargo's target folder")?;
        let sibling = match profile {
            Profile::Debug => "debug",
            Profile::Release => "release",
        };
        Ok(folder.with_file_name(sibling).join(program))
    }
}

/// How the workspace is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    #[default]
    Debug,
    /// Quick to run.
    Release,
}
