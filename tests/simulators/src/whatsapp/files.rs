//! Files that customers send, and the short-lived addresses under which providers hand them out.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rand::Rng;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::http::Reply;
use crate::lock::lock;

/// What stands before the words in a simulated recording; the simulated model listens for it.
pub(crate) const SPOKEN: &[u8] = b"\nspoken: ";

/// A file in a customer's message. `text` of the message is its caption.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneFile {
    /// As what it is sent.
    pub kind: FileKind,
    /// What the phone says it is.
    pub mime_type: String,
    /// Its bytes.
    #[serde(rename = "base64", deserialize_with = "decoded")]
    pub content: Bytes,
    /// Its name, of a document.
    #[serde(default)]
    pub name: Option<String>,
}

/// As what a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A picture.
    Image,
    /// Recorded on the spot.
    Voice,
    /// Any other sound.
    Audio,
    /// A film.
    Video,
    /// Any file.
    Document,
    /// A sticker.
    Sticker,
}

impl FileKind {
    /// Meta's word for it, which the others use as well.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Voice | Self::Audio => "audio",
            Self::Video => "video",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

fn decoded<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(input)?;
    STANDARD.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
}

impl PhoneFile {
    /// A file of any kind.
    pub fn new(kind: FileKind, mime_type: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self { kind, mime_type: mime_type.into(), content: content.into(), name: None }
    }

    /// A small picture.
    pub fn picture() -> Self {
        Self::new(
            FileKind::Image,
            "image/jpeg",
            &b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00 a tooth that hurts"[..],
        )
    }

    /// A voice note in which these words are spoken, as far as the simulated model can hear.
    pub fn voice(words: &str) -> Self {
        let head = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0";
        let content = [&head[..], SPOKEN, words.as_bytes()].concat();
        Self::new(FileKind::Voice, "audio/ogg; codecs=opus", content)
    }

    pub(super) fn sha256(&self) -> String {
        Sha256::digest(&self.content).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The bytes as they are.
    pub(super) fn reply(&self) -> Reply {
        Reply::new(200, self.mime_type.as_str(), self.content.to_vec())
    }
}

/// All files that were sent, by what their provider calls them.
#[derive(Debug)]
pub(super) struct Files {
    files: Mutex<HashMap<String, PhoneFile>>,
    addresses: Mutex<HashMap<String, (String, Instant)>>,
    live: Duration,
}

impl Files {
    /// Addresses of files live so long.
    pub fn new(live: Duration) -> Self {
        Self { files: Mutex::default(), addresses: Mutex::default(), live }
    }

    pub fn keep(&self, id: &str, file: &PhoneFile) {
        lock(&self.files).insert(id.to_owned(), file.clone());
    }

    pub fn get(&self, id: &str) -> Option<PhoneFile> {
        lock(&self.files).get(id).cloned()
    }

    /// The last part of a fresh address of a file.
    pub fn address(&self, id: &str) -> String {
        let token = format!("{:032x}", rand::rng().random::<u128>());
        lock(&self.addresses).insert(token.clone(), (id.to_owned(), Instant::now() + self.live));
        token
    }

    /// The file at an address that lives.
    pub fn at(&self, token: &str) -> Option<PhoneFile> {
        let (id, dies_at) = lock(&self.addresses).get(token).cloned()?;
        if Instant::now() < dies_at { self.get(&id) } else { None }
    }
}
