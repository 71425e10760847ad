//! A bucket of an S3, or of a server that speaks like one. `rusty_s3` signs; the requests are ours.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clock::{SharedClock, SystemClock};
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Response};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use thiserror::Error;

use super::{Key, ObjectsError};
use crate::media::Config;

/// A signed address is used at once.
const SIGNED_FOR: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(30);

/// A bucket and who writes to it.
#[derive(Clone)]
pub struct S3(Arc<Parts>);

struct Parts {
    bucket: Bucket,
    credentials: Credentials,
    http: reqwest::Client,
    clock: SharedClock,
}

/// The bucket cannot be used as configured.
#[derive(Debug, Error)]
pub enum S3Error {
    /// Not an address.
    #[error("media.s3_endpoint is not a web address; write it like https://s3.eu-central-1.amazonaws.com")]
    Endpoint,
    /// No keys.
    #[error("media.s3_access_key and media.s3_secret_key must both be set for the bucket")]
    Keys,
    /// The HTTP client cannot be made.
    #[error("the HTTP client for the bucket cannot be made")]
    Client(#[from] reqwest::Error),
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3").field("bucket", &self.0.bucket.name()).finish_non_exhaustive()
    }
}

impl S3 {
    /// The bucket of `[media]`. Connects nothing yet.
    ///
    /// # Errors
    /// [`S3Error`].
    pub fn try_new(config: &Config) -> Result<Self, S3Error> {
        if config.s3_access_key.is_empty() || config.s3_secret_key.is_empty() {
            return Err(S3Error::Keys);
        }
        let endpoint = config.s3_endpoint.parse().map_err(|_| S3Error::Endpoint)?;
        // In the path, which every server understands and which needs no name of its own in the DNS.
        let bucket =
            Bucket::new(endpoint, UrlStyle::Path, config.s3_bucket.clone(), config.s3_region.clone())
                .map_err(|_| S3Error::Endpoint)?;
        let credentials = Credentials::new(config.s3_access_key.expose(), config.s3_secret_key.expose());
        // An error says that one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self(Arc::new(Parts { bucket, credentials, http, clock: SystemClock::shared() })))
    }

    pub(super) async fn put(&self, key: Key, content: Bytes, content_type: &str) -> Result<(), ObjectsError> {
        let (parts, name) = (&self.0, key.to_string());
        let url = self.sign(&parts.bucket.put_object(Some(&parts.credentials), &name));
        let request = parts.http.put(url).header(CONTENT_TYPE, content_type).body(content);
        answered(request, false).await.map(drop)
    }

    pub(super) async fn get(&self, key: Key) -> Result<Option<Bytes>, ObjectsError> {
        let (parts, name) = (&self.0, key.to_string());
        let url = self.sign(&parts.bucket.get_object(Some(&parts.credentials), &name));
        match answered(parts.http.get(url), true).await? {
            None => Ok(None),
            Some(response) => {
                response.bytes().await.map(Some).map_err(|_| ObjectsError::Away("it broke off"))
            }
        }
    }

    pub(super) async fn delete(&self, key: Key) -> Result<(), ObjectsError> {
        let (parts, name) = (&self.0, key.to_string());
        let url = self.sign(&parts.bucket.delete_object(Some(&parts.credentials), &name));
        answered(parts.http.delete(url), true).await.map(drop)
    }

    fn sign<'a>(&self, action: &impl S3Action<'a>) -> reqwest::Url {
        action.sign_with_time(SIGNED_FOR, &self.0.clock.now())
    }
}

/// `None`: it is not there, where that `may_be`.
async fn answered(request: RequestBuilder, may_be: bool) -> Result<Option<Response>, ObjectsError> {
    // The error's own text holds the signed address.
    let response = request.send().await.map_err(|error| {
        ObjectsError::Away(if error.is_timeout() { "no answer in time" } else { "no connection" })
    })?;
    match response.status() {
        status if status.is_success() => Ok(Some(response)),
        status if may_be && status.as_u16() == 404 => Ok(None),
        status => Err(ObjectsError::Answer(status.as_u16())),
    }
}
