//! Secrets that nobody has to choose: written into a file that its owner alone can read, and shown once.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rand::Rng as _;
use settings::{Secret, SecretRef};

use super::{Desk, Refused};

/// Of random bytes: 256 bits.
const BYTES: usize = 32;
/// In the file's name, so that a successor has a file of its own.
const MARK: usize = 6;

/// A secret that was made up.
#[derive(Clone, Debug)]
pub struct MadeUp {
    /// Its name among the channel's secrets.
    pub name: &'static str,
    /// What it is, to be shown once.
    pub value: Secret,
    /// Where it is kept.
    pub reference: SecretRef,
}

impl Desk {
    /// Makes a secret up and keeps it.
    pub(super) async fn make_up(&self, slug: &str, name: &'static str) -> Result<MadeUp, Refused> {
        let folder = self.folder.clone().ok_or(Refused::NoFolder)?;
        let (value, mark) = (random(BYTES), random(MARK));
        let path = folder.join(format!("{slug}.{name}.{mark}"));
        let made = MadeUp { name, value: value.as_str().into(), reference: SecretRef::File(path.clone()) };
        blocking(move || keep(&path, &value)).await?;
        Ok(made)
    }

    /// Takes a file of ours away; one that was put there by others stays.
    pub(super) async fn forget(&self, reference: &str) {
        let Some(path) = reference.strip_prefix("file:").map(PathBuf::from) else { return };
        if self.folder.as_deref().is_none_or(|folder| path.parent() != Some(folder)) {
            return;
        }
        if let Err(error) = blocking(move || std::fs::remove_file(path)).await {
            tracing::warn!(%error, "the file of a retired secret is still there; remove it from conversation.secrets_folder");
        }
    }
}

fn random(bytes: usize) -> String {
    let mut random = rand::rng();
    (0..bytes).map(|_| format!("{:02x}", random.random::<u8>())).collect()
}

fn keep(path: &Path, value: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(value.as_bytes())?;
    file.sync_all()
}

async fn blocking(work: impl FnOnce() -> std::io::Result<()> + Send + 'static) -> Result<(), Refused> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|ended| Err(std::io::Error::other(ended))).map_err(Refused::Folder)
}
