//! Where the bytes are: a folder, or a bucket of an S3. A key holds ids only.

mod folder;
mod s3;

use bytes::Bytes;
use ids::{ItemId, TenantId};
use thiserror::Error;

pub use folder::Folder;
pub use s3::{S3, S3Error};

use super::Config;

/// A store of objects. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Objects {
    /// Files below a folder, which all replicas must share.
    Folder(Folder),
    /// A bucket.
    S3(S3),
}

/// The store did not do what was asked. Safe to log: no key, no signed address.
#[derive(Debug, Error)]
pub enum ObjectsError {
    /// The disk's own words.
    #[error("the folder of media.folder cannot be used: {0}")]
    Disk(#[from] std::io::Error),
    /// The bucket answered with a status.
    #[error("the bucket answered {0}; check media.s3_bucket, its keys and their rights")]
    Answer(u16),
    /// The bucket did not answer.
    #[error("the bucket cannot be reached: {0}")]
    Away(&'static str),
}

impl Objects {
    /// The store that is configured.
    ///
    /// # Errors
    /// When an S3's address, name or keys cannot be used.
    pub fn try_new(config: &Config) -> Result<Self, S3Error> {
        if config.s3_bucket.is_empty() {
            Ok(Self::Folder(Folder::new(config.folder.as_str())))
        } else {
            S3::try_new(config).map(Self::S3)
        }
    }

    /// Stores an object, over what may be there.
    ///
    /// # Errors
    /// [`ObjectsError`]; then it is not stored, or it is and will be again.
    pub async fn put(&self, key: Key, content: Bytes, content_type: &str) -> Result<(), ObjectsError> {
        match self {
            Self::Folder(folder) => folder.put(key, content).await,
            Self::S3(s3) => s3.put(key, content, content_type).await,
        }
    }

    /// Reads an object; `None`: it is not there.
    ///
    /// # Errors
    /// [`ObjectsError`].
    pub async fn get(&self, key: Key) -> Result<Option<Bytes>, ObjectsError> {
        match self {
            Self::Folder(folder) => folder.get(key).await,
            Self::S3(s3) => s3.get(key).await,
        }
    }

    /// Removes an object; that it was not there is as good.
    ///
    /// # Errors
    /// [`ObjectsError`].
    pub async fn delete(&self, key: Key) -> Result<(), ObjectsError> {
        match self {
            Self::Folder(folder) => folder.delete(key).await,
            Self::S3(s3) => s3.delete(key).await,
        }
    }
}

/// Names an object: the file of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Whose.
    pub tenant: TenantId,
    /// With which message it came.
    pub item: ItemId,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.tenant, self.item)
    }
}
