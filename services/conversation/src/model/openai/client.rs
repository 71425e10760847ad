use std::time::Duration;

use clock::SharedClock;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use settings::Secret;
use thiserror::Error;

use super::{Profile, classify, decode, encode};
use crate::model::{Answer, Model, ModelError, Phase, Request};

const CONNECT: Duration = Duration::from_secs(3);
/// No useful answer is longer; a broken server must not fill our memory.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Where a model is.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Base address up to and including the version: `https://api.openai.com/v1`.
    pub url: String,
    /// Sent as bearer token; may be empty for servers of one's own.
    pub api_key: Secret,
    /// The model to ask for here; `None` for the one the agent names.
    pub model: Option<String>,
    /// Most time one attempt may take.
    pub timeout: Duration,
    /// Where this server differs from OpenAI's own.
    pub profile: Profile,
}

impl Endpoint {
    /// An endpoint with the usual patience, and no peculiarities.
    pub fn new(url: String, api_key: Secret) -> Self {
        Self { url, api_key, model: None, timeout: Duration::from_secs(18), profile: Profile::default() }
    }
}

/// An endpoint cannot be used as configured.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Not an address.
    #[error("the address of the model is not one; write https://host/v1")]
    Address,
    /// Not a key.
    #[error("the key for the model holds characters that cannot stand in a header; set another")]
    Key,
    /// The HTTP client cannot be made.
    #[error("the HTTP client for models cannot be made")]
    Client(#[from] reqwest::Error),
}

/// A client for one endpoint. Connections are kept and shared.
#[derive(Debug)]
pub struct OpenAi {
    name: &'static str,
    http: reqwest::Client,
    url: reqwest::Url,
    headers: HeaderMap,
    model: Option<String>,
    timeout: Duration,
    profile: Profile,
    clock: SharedClock,
}

impl OpenAi {
    /// A client for `endpoint`, which logs and metrics call `name`. Does not connect yet.
    pub fn try_new(name: &'static str, endpoint: Endpoint, clock: SharedClock) -> Result<Self, ClientError> {
        let base = endpoint.url.trim().trim_end_matches('/');
        let url = reqwest::Url::parse(base)
            .and_then(|_| reqwest::Url::parse(&format!("{base}/chat/completions")))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or(ClientError::Address)?;
        // An error says that one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if !endpoint.api_key.is_empty() {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", endpoint.api_key.expose()))
                .map_err(|_| ClientError::Key)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        // An answer is never worth following elsewhere: the key would travel along.
        // Nothing ambient either: no proxy from the environment.
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            name,
            http,
            url,
            headers,
            model: endpoint.model,
            timeout: endpoint.timeout,
            profile: endpoint.profile,
            clock,
        })
    }

    async fn attempt(&self, request: &Request) -> Result<Answer, ModelError> {
        let mut body = encode(request, self.profile);
        if let (Some(model), Some(body)) = (&self.model, body.as_object_mut()) {
            body.insert("model".to_owned(), Value::from(model.as_str()));
        }
        let response = self
            .http
            .post(self.url.clone())
            .headers(self.headers.clone())
            .body(body.to_string())
            .send()
            .await
            .map_err(failure)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = read(response).await?;
        if status.is_success() {
            let body = serde_json::from_slice(&bytes).map_err(|_| ModelError::Malformed("not JSON"))?;
            return decode(&body);
        }
        // An error page of some proxy is no JSON; its status says enough.
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Err(classify(status.as_u16(), &headers, &body, self.clock.now()))
    }
}

impl Model for OpenAi {
    fn name(&self) -> &str {
        self.name
    }

    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ModelError>> {
        async move {
            let limit = request.timeout.min(self.timeout);
            tokio::time::timeout(limit, self.attempt(request))
                .await
                .unwrap_or(Err(ModelError::Timeout(Phase::Answer)))
        }
        .boxed()
    }
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, ModelError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if bytes.len() + chunk.len() > LONGEST_ANSWER {
            return Err(ModelError::Malformed("longer than 1 MiB"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The error's own text may hold the address with whatever stands in it, so only its kind goes on.
fn failure(error: reqwest::Error) -> ModelError {
    if error.is_connect() && error.is_timeout() {
        ModelError::Timeout(Phase::Connect)
    } else if error.is_timeout() {
        ModelError::Timeout(Phase::Answer)
    } else {
        ModelError::Connect
    }
}
