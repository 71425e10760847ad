use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::{Key, ObjectsError};

/// Objects as files, a folder per tenant. Nobody but the service's own user may look inside.
#[derive(Debug, Clone)]
pub struct Folder(Arc<Path>);

impl Folder {
    /// Below `path`, which is made when it is first needed.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into().into())
    }

    pub(super) async fn put(&self, key: Key, content: Bytes) -> Result<(), ObjectsError> {
        let path = self.path(key);
        blocking(move || write(&path, &content)).await
    }

    pub(super) async fn get(&self, key: Key) -> Result<Option<Bytes>, ObjectsError> {
        let path = self.path(key);
        blocking(move || match fs::read(path) {
            Ok(content) => Ok(Some(content.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    pub(super) async fn delete(&self, key: Key) -> Result<(), ObjectsError> {
        let path = self.path(key);
        blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    fn path(&self, key: Key) -> PathBuf {
        self.0.join(key.tenant.to_string()).join(key.item.to_string())
    }
}

/// Under another name first: a reader sees all of it or nothing, whenever the power goes.
fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    private_folder(folder)?;
    let draft = folder.join(format!(".{}", Uuid::new_v4().simple()));
    let written = private_file(&draft).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&draft, path));
    if done.is_err() {
        let _ = fs::remove_file(&draft);
    }
    done
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ObjectsError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(std::io::Error::other)??)
}

#[cfg(test)]
mod tests {
    use ids::{ItemId, TenantId};

    use super::*;

    #[tokio::test]
    async fn what_is_put_is_there_until_it_is_deleted() -> anyhow::Result<()> {
        let place = tempfile::tempdir()?;
        let folder = Folder::new(place.path().join("media"));
        let key = Key { tenant: TenantId::generate(), item: ItemId::generate() };
        assert_eq!(folder.get(key).await?, None);
        folder.put(key, Bytes::from_static(b"first")).await?;
        folder.put(key, Bytes::from_static(b"second")).await?;
        assert_eq!(folder.get(key).await?, Some(Bytes::from_static(b"second")));
        let names: Vec<_> = fs::read_dir(place.path().join("media").join(key.tenant.to_string()))?.collect();
        assert_eq!(names.len(), 1, "no draft stays behind");
        folder.delete(key).await?;
        folder.delete(key).await?;
        assert_eq!(folder.get(key).await?, None);
        Ok(())
    }
}
