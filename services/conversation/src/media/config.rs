use serde::Deserialize;
use settings::{Period, Secret};

use super::Kind;

/// `[media]`; see `defaults.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether files are fetched at all.
    pub fetch: bool,
    /// Where they are kept, without an S3.
    pub folder: String,
    /// The bucket of an S3; empty for the folder.
    pub s3_bucket: String,
    /// Where that S3 is.
    pub s3_endpoint: String,
    /// Its region.
    pub s3_region: String,
    /// Who writes there.
    pub s3_access_key: Secret,
    /// With which key.
    pub s3_secret_key: Secret,
    /// How long a file is kept.
    pub keep_days: u32,
    /// Largest picture in bytes.
    pub largest_image: u64,
    /// Largest voice note or sound in bytes.
    pub largest_audio: u64,
    /// Largest film in bytes.
    pub largest_video: u64,
    /// Largest other file in bytes.
    pub largest_document: u64,
    /// Largest sticker in bytes.
    pub largest_sticker: u64,
    /// Files on their way at once.
    pub at_once: usize,
    /// How long one may take.
    pub timeout: Period,
    /// The address staff reach this service's HTTP under.
    pub public_url: String,
    /// What links are signed with; empty: none are made.
    pub link_signing_key: Secret,
    /// How long a link works.
    pub link_expires: Period,
}

impl Config {
    /// The most bytes of a file of this kind.
    #[must_use]
    pub fn largest(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Image => self.largest_image,
            Kind::Voice | Kind::Audio => self.largest_audio,
            Kind::Video => self.largest_video,
            Kind::Document => self.largest_document,
            Kind::Sticker => self.largest_sticker,
        }
    }
}

/// `[transcription]`; see `defaults.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranscriptionConfig {
    /// OpenAI-compatible base URL; empty for none.
    pub url: String,
    /// The model's name.
    pub model: String,
    /// Key for it.
    pub api_key: Secret,
    /// How long one transcript may take, tries included.
    pub timeout: Period,
    /// How long the answer to a voice note waits for its transcript.
    pub wait: Period,
}
