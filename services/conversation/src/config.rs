use std::net::SocketAddr;

use serde::Deserialize;
use settings::{Period, Secret};

use crate::domain::troubles::Limits;

/// `[conversation]`; see `defaults.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// HTTP: files, by signed link.
    pub http: SocketAddr,
    /// gRPC.
    pub grpc: SocketAddr,
    /// Probes and metrics.
    pub admin: SocketAddr,
    /// The address providers reach the webhooks under.
    pub public_url: String,
    /// Where secrets are kept that we make up; empty for none.
    pub secrets_folder: String,
    /// Where scheduler's gRPC is.
    pub scheduler: String,
    /// Where delivery's gRPC is.
    pub delivery: String,
    /// Silence after which a burst is answered.
    pub quiet: Period,
    /// Longest wait after the first message of a burst.
    pub quiet_cap: Period,
    /// Age after which a message goes to staff.
    pub stale_after: Period,
    /// Use-by time of a reply.
    pub reply_expires: Period,
    /// How long a message is recognised when it comes again.
    pub seen_kept: Period,
    /// Conversations worked on at once.
    pub concurrent: usize,
    /// A message that was not worked on for so long …
    pub stuck_after: Period,
    /// … in more conversations than this.
    pub stuck_most: u32,
    /// A customer may wait for a person for so long.
    pub person_within: Period,
    /// OpenAI-compatible base URL; empty for none.
    pub model_url: String,
    /// Model name.
    pub model_name: String,
    /// Model key.
    pub model_api_key: Secret,
}

impl Config {
    /// From where on something is a trouble.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            stuck_after: self.stuck_after.into(),
            stuck_most: self.stuck_most.into(),
            person_within: self.person_within.into(),
        }
    }

    /// The model to ask, if one is configured.
    #[must_use]
    pub fn model(&self) -> Option<String> {
        (!self.model_url.is_empty()).then(|| self.model_name.clone())
    }
}
