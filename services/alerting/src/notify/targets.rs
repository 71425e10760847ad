//! Who is told.

use reqwest::Url;
use settings::Secret;
use uuid::Uuid;

use super::{slack, webhook};
use crate::domain::bundle::News;

/// A kind of receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Slack channel, by its incoming webhook.
    Slack,
    /// Another program, by a signed webhook.
    Webhook,
}

impl Target {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Slack, Self::Webhook];

    /// The word stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Webhook => "webhook",
        }
    }

    /// The setting that names its address.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Slack => "alerting.slack_webhook_url",
            Self::Webhook => "alerting.webhook_url",
        }
    }

    /// Changes in one post at most. Slack's words are bounded by themselves; programs refuse bodies of more than 100 KB or so.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::Slack => usize::MAX,
            Self::Webhook => 50,
        }
    }

    /// What is posted of these changes.
    #[must_use]
    pub fn body(self, post: Uuid, news: &[News]) -> serde_json::Value {
        match self {
            Self::Slack => slack::body(news),
            Self::Webhook => webhook::body(post, news),
        }
    }

    /// What is posted when somebody tries whether alerts arrive.
    #[must_use]
    pub fn test_body(self, post: Uuid, asked_by: &str) -> serde_json::Value {
        match self {
            Self::Slack => slack::test_body(asked_by),
            Self::Webhook => webhook::test_body(post, asked_by),
        }
    }
}

/// The receivers of this installation. Their addresses are secrets: whoever knows one can post.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Of Slack; empty: nobody.
    pub slack_url: Secret,
    /// Of another program; empty: nobody.
    pub webhook_url: Secret,
    /// What that program proves our posts by.
    pub webhook_secret: Secret,
}

impl Targets {
    /// Whether anybody is to be told there.
    #[must_use]
    pub fn has(&self, target: Target) -> bool {
        !self.address(target).is_empty()
    }

    /// Those that somebody listens at.
    #[must_use]
    pub fn configured(&self) -> Vec<Target> {
        Target::ALL.into_iter().filter(|target| self.has(*target)).collect()
    }

    /// Its address, if one can be made of the setting.
    #[must_use]
    pub fn url(&self, target: Target) -> Option<Url> {
        let url: Url = self.address(target).expose().trim().parse().ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
    }

    fn address(&self, target: Target) -> &Secret {
        match target {
            Target::Slack => &self.slack_url,
            Target::Webhook => &self.webhook_url,
        }
    }
}
