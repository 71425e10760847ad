//! Voice notes become words, by an OpenAI-compatible endpoint (`POST {base}/audio/transcriptions`).

use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use thiserror::Error;

use super::TranscriptionConfig;

const CONNECT: Duration = Duration::from_secs(3);
/// Before the only second try.
const PAUSE: Duration = Duration::from_millis(500);
/// No useful answer is longer.
const LONGEST_ANSWER: usize = 64 * 1024;
/// About five minutes of speech.
const LONGEST: usize = 4_000;

/// An endpoint that writes down what it hears.
#[derive(Debug)]
pub struct Transcriber {
    http: reqwest::Client,
    url: reqwest::Url,
    bearer: Option<HeaderValue>,
    model: String,
    timeout: Duration,
}

/// The endpoint cannot be used as configured.
#[derive(Debug, Error)]
pub enum TranscriberError {
    /// Not an address.
    #[error("transcription.url is not a web address; write it with its version, like https://host/v1")]
    Address,
    /// Not a key.
    #[error("transcription.api_key holds characters that cannot stand in a header; set another")]
    Key,
    /// The HTTP client cannot be made.
    #[error("the HTTP client for transcripts cannot be made")]
    Client(#[from] reqwest::Error),
}

/// Why there is no transcript, in words for staff.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unheard {
    /// The endpoint refused.
    #[error("the transcription endpoint answered {0}")]
    Refused(u16),
    /// It could not be reached, or took too long.
    #[error("the transcription endpoint did not answer in time")]
    Away,
    /// It answered something else.
    #[error("the transcription endpoint answered something else")]
    Malformed,
    /// Nobody speaks.
    #[error("no words were heard in it")]
    Nothing,
}

#[derive(Deserialize)]
struct Answer {
    text: String,
}

impl Transcriber {
    /// The configured endpoint; `None` without one. Does not connect yet.
    ///
    /// # Errors
    /// [`TranscriberError`].
    pub fn try_new(config: &TranscriptionConfig) -> Result<Option<Self>, TranscriberError> {
        if config.url.is_empty() {
            return Ok(None);
        }
        let base = config.url.trim().trim_end_matches('/');
        let url: reqwest::Url =
            format!("{base}/audio/transcriptions").parse().map_err(|_| TranscriberError::Address)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TranscriberError::Address);
        }
        let bearer = (!config.api_key.is_empty())
            .then(|| HeaderValue::from_str(&format!("Bearer {}", config.api_key.expose())))
            .transpose()
            .map_err(|_| TranscriberError::Key)?
            .map(|mut bearer| {
                bearer.set_sensitive(true);
                bearer
            });
        // An error says that one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Some(Self { http, url, bearer, model: config.model.clone(), timeout: config.timeout.into() }))
    }

    /// What is said in a recording. Tried a second time when that may help and there is time.
    ///
    /// # Errors
    /// [`Unheard`].
    pub async fn hear(&self, content: Bytes, content_type: &str) -> Result<String, Unheard> {
        let tries = async {
            match self.attempt(content.clone(), content_type).await {
                Err(Unheard::Away | Unheard::Refused(429 | 500..)) => {
                    tokio::time::sleep(PAUSE).await;
                    self.attempt(content, content_type).await
                }
                done => done,
            }
        };
        tokio::time::timeout(self.timeout, tries).await.unwrap_or(Err(Unheard::Away))
    }

    async fn attempt(&self, content: Bytes, content_type: &str) -> Result<String, Unheard> {
        let length = content.len() as u64;
        let file = Part::stream_with_length(content, length)
            .file_name(format!("voice.{}", extension(content_type)))
            .mime_str(content_type)
            .map_err(|_| Unheard::Malformed)?;
        let form =
            Form::new().text("model", self.model.clone()).text("response_format", "json").part("file", file);
        let mut request = self.http.post(self.url.clone()).multipart(form);
        if let Some(bearer) = &self.bearer {
            request = request.header(AUTHORIZATION, bearer.clone());
        }
        // Errors hold the address; their kind says enough.
        let mut response = request.send().await.map_err(|_| Unheard::Away)?;
        if !response.status().is_success() {
            return Err(Unheard::Refused(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Unheard::Away)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Unheard::Malformed);
            }
            body.extend_from_slice(&chunk);
        }
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| Unheard::Malformed)?;
        let words: String = answer.text.trim().chars().filter(|c| *c != '\0').take(LONGEST).collect();
        if words.is_empty() { Err(Unheard::Nothing) } else { Ok(words) }
    }
}

/// Endpoints tell formats apart by the name.
fn extension(content_type: &str) -> &'static str {
    match content_type {
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/x-wav" => "wav",
        "audio/webm" => "webm",
        "audio/x-flac" => "flac",
        "audio/aac" => "aac",
        "audio/amr" => "amr",
        _ => "ogg",
    }
}
