//! Secrets of the operator, good for every channel of a provider.

use settings::Secret;

use crate::channels::{AppSecret, Named};
use crate::config::Config;
use crate::providers::SecretDigest;
use crate::providers::evolution::EvolutionSecrets;

/// The operator's secrets.
#[derive(Debug, Default)]
pub struct Shared {
    /// Of the operator's Meta app; two during a rotation.
    pub meta_apps: Vec<AppSecret>,
    /// For Meta's handshake.
    pub meta_verify: Option<SecretDigest>,
    /// For every Evolution instance.
    pub evolution: EvolutionSecrets,
}

impl Shared {
    /// Takes what is configured; empty means there is none.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let set = |secret: &Secret| (!secret.is_empty()).then(|| secret.clone());
        let meta_apps = [&config.meta_app_secret, &config.meta_app_secret_previous];
        Self {
            meta_apps: meta_apps
                .into_iter()
                .filter_map(set)
                .map(|secret| AppSecret::new(Named { name: "meta_app_secret", secret }))
                .collect(),
            meta_verify: set(&config.meta_verify_token)
                .map(|token| SecretDigest::of(token.expose().as_bytes())),
            evolution: EvolutionSecrets::new(set(&config.evolution_token).as_slice(), Vec::new()),
        }
    }
}
