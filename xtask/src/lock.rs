//! One task of a kind per checkout at a time. The lock goes with the process, however that ends.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

/// Held while it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock `path` or says who has it. `what` is the task as the person typed it.
pub fn take(path: &Path, what: &str) -> anyhow::Result<Lock> {
    let context = || format!("cannot use the lock file {}", path.display());
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .with_context(context)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).with_context(context)?;
            bail!(
                "`{what}` is already running in this checkout (process {}). Use that one, stop it with Ctrl-C, or \
                 work in a second checkout with `--port-offset 100`",
                holder.trim()
            );
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(context),
    }
    file.set_len(0).with_context(context)?;
    write!(file, "{}", std::process::id()).with_context(context)?;
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::take;

    #[test]
    fn a_second_holder_is_refused_by_name_until_the_first_lets_go() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("dev.lock");
        let first = take(&path, "cargo xtask dev")?;
        let refusal = take(&path, "cargo xtask dev").map(drop).map_err(|error| error.to_string());
        assert!(refusal.is_err_and(|text| text.contains(&std::process::id().to_string())));
        drop(first);
        take(&path, "cargo xtask dev")?;
        Ok(())
    }
}
