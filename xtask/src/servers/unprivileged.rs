//! PostgreSQL refuses to run as root, and containers and build machines are root. These are the ways round.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::process::Launch;
use crate::say;
use crate::tools::Toolbox;

/// Present on every Linux, owns nothing.
const NOBODY: u32 = 65_534;

/// How the server gets a user that is not root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unprivileged {
    /// We are not root: as we are.
    AsWeAre,
    /// Root seen as nobody through a user namespace: files stay where they are and belong to root.
    Namespace,
    /// As nobody, with data and programs where nobody can reach them.
    Nobody,
}

const NAMESPACE: [&str; 3] = ["--user", "--map-user=65534", "--map-group=65534"];

impl Unprivileged {
    /// Finds out what this machine allows. `home` exists afterwards or its parent does.
    pub fn choose(home: &Path) -> anyhow::Result<Self> {
        let folder = home.parent().context("a server's folder lies in the checkout")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let probe = folder.join(".who-are-we");
        fs::write(&probe, "").with_context(|| format!("cannot write to {}", folder.display()))?;
        let us = fs::metadata(&probe).map(|data| data.uid());
        let _only_a_probe = fs::remove_file(&probe);
        if us.context("cannot find out who we are")? != 0 {
            return Ok(Self::AsWeAre);
        }
        // `id` fails where the number has no name, which PostgreSQL would stumble over too.
        let asked = |launch: Launch| launch.args(["-un"]).ask().is_ok_and(|name| !name.trim().is_empty());
        if asked(Launch::new("id").behind("unshare", &NAMESPACE)) {
            return Ok(Self::Namespace);
        }
        if asked(Launch::new("id").user(NOBODY, NOBODY)) {
            return Ok(Self::Nobody);
        }
        bail!(
            "PostgreSQL refuses to run as root, and this machine allows neither user namespaces nor the user \
             nobody. Run this as an ordinary user, or set FRONTDESK_DATABASE_URL to a server of your own"
        )
    }

    /// Where data and programs have to be: the folder for the data, and the folder of the programs.
    pub fn places(self, home: &Path, tools: &Toolbox) -> anyhow::Result<(PathBuf, PathBuf)> {
        // PostgreSQL finds its libraries and files from where it really lies.
        let programs = tools
            .program("postgres")
            .canonicalize()
            .ok()
            .and_then(|program| program.parent().map(Path::to_owned))
            .context("PostgreSQL's programs are gone; delete .frontdesk/tools and start again")?;
        match self {
            Self::AsWeAre | Self::Namespace => Ok((home.to_owned(), programs)),
            Self::Nobody => {
                let reachable = std::env::temp_dir().join(format!("frontdesk-{:016x}", fingerprint(home)));
                make_ours(&reachable)?;
                let programs = reachable_copy(&programs, home, &reachable)?;
                Ok((reachable.join("postgres"), programs))
            }
        }
    }

    /// The same program, started as the server's user.
    pub fn run(self, launch: Launch) -> Launch {
        match self {
            Self::AsWeAre => launch,
            Self::Namespace => launch.behind("unshare", &NAMESPACE),
            Self::Nobody => launch.user(NOBODY, NOBODY).directory(Path::new("/")),
        }
    }

    /// Gives a path to the server's user.
    pub fn own(self, path: &Path) -> anyhow::Result<()> {
        match self {
            Self::AsWeAre | Self::Namespace => Ok(()),
            Self::Nobody => chown(path, Some(NOBODY), Some(NOBODY))
                .with_context(|| format!("cannot give {} to the user nobody", path.display())),
        }
    }
}

/// Makes a folder in the shared temporary folder, and refuses one that somebody else put there first.
fn make_ours(folder: &Path) -> anyhow::Result<()> {
    let context = || format!("cannot make {}", folder.display());
    fs::create_dir_all(folder).with_context(context)?;
    let there = fs::symlink_metadata(folder).with_context(context)?;
    if !there.is_dir() || there.uid() != 0 {
        bail!("{} belongs to somebody else; remove it", folder.display());
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).with_context(context)
}

/// The programs as nobody can reach them: where they are if they belong to the system, else a copy.
fn reachable_copy(programs: &Path, home: &Path, reachable: &Path) -> anyhow::Result<PathBuf> {
    // A download lies in the checkout, three folders above its programs; its libraries are found from there.
    let ours = home.ancestors().any(|folder| folder.ends_with(".frontdesk") && programs.starts_with(folder));
    let Some(whole) = programs.ancestors().nth(3).filter(|_| ours) else { return Ok(programs.to_owned()) };
    let name = whole.file_name().context("a download has a name")?;
    let (copy, unfinished) = (reachable.join(name), reachable.join("copying"));
    if !copy.exists() {
        say::line(format_args!(
            "User namespaces are not allowed here: PostgreSQL will run as nobody, in {}",
            reachable.display()
        ));
        let _none_left = fs::remove_dir_all(&unfinished);
        Launch::new("cp").args(["-R"]).args([whole, &unfinished]).ask().context("cannot copy PostgreSQL")?;
        let open = |how, path| Launch::new("chmod").args([how, "a+rX"]).args([path]).ask();
        open("-R", &unfinished).context("cannot open the copy to all")?;
        fs::rename(&unfinished, &copy).with_context(|| format!("cannot name {}", copy.display()))?;
    }
    let inside = programs.strip_prefix(whole).context("programs lie in their download")?;
    Ok(copy.join(inside))
}

/// Tells checkouts apart in the shared temporary folder (FNV-1a).
fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
