//! All channels at one moment, found by whatever a request says of them.

use std::collections::HashMap;
use std::sync::Arc;

use ids::ChannelId;
use jiff::Timestamp;

use super::channel::{Account, AppSecret, Channel};
use crate::providers::SecretDigest;

/// Something that was noticed at a channel's door.
#[derive(Debug, Clone)]
pub struct Note {
    /// The channel.
    pub channel: ChannelId,
    /// `refused`, or the name of the secret that proved a request.
    pub what: String,
    /// When it last was.
    pub at: Timestamp,
}

/// A finished look-up table. Replaced as a whole when anything changes.
#[derive(Debug, Default)]
pub struct Directory {
    by_slug: HashMap<String, Arc<Channel>>,
    by_meta_number: HashMap<String, Arc<Channel>>,
    by_meta_account: HashMap<String, Arc<Channel>>,
    /// Channels that exist and cannot be used, with the cause.
    unusable: HashMap<String, String>,
}

impl Directory {
    /// A table of these channels, and of those that cannot be used.
    #[must_use]
    pub fn new(channels: Vec<Channel>, unusable: HashMap<String, String>) -> Self {
        let mut directory = Self { unusable, ..Self::default() };
        for channel in channels {
            let channel = Arc::new(channel);
            if let Account::Meta { phone_number_id, waba_id, .. } = &channel.account {
                directory.by_meta_number.insert(phone_number_id.clone(), Arc::clone(&channel));
                if let Some(waba_id) = waba_id {
                    directory.by_meta_account.insert(waba_id.clone(), Arc::clone(&channel));
                }
            }
            directory.by_slug.insert(channel.slug.clone(), channel);
        }
        directory
    }

    /// The channel of this name.
    #[must_use]
    pub fn by_slug(&self, slug: &str) -> Option<&Arc<Channel>> {
        self.by_slug.get(slug)
    }

    /// The channel with this Meta phone number id.
    #[must_use]
    pub fn by_meta_number(&self, phone_number_id: &str) -> Option<&Arc<Channel>> {
        self.by_meta_number.get(phone_number_id)
    }

    /// Some channel of this Meta business account.
    #[must_use]
    pub fn by_meta_account(&self, waba_id: &str) -> Option<&Arc<Channel>> {
        self.by_meta_account.get(waba_id)
    }

    /// The channel with this id.
    #[must_use]
    pub fn by_id(&self, id: ChannelId) -> Option<&Arc<Channel>> {
        self.by_slug.values().find(|channel| channel.id == id)
    }

    /// Why the channel of this name cannot be used, if it exists and cannot.
    #[must_use]
    pub fn why_unusable(&self, slug: &str) -> Option<&str> {
        self.unusable.get(slug).map(String::as_str)
    }

    /// Every channel.
    pub fn all(&self) -> impl Iterator<Item = &Channel> {
        self.by_slug.values().map(Arc::as_ref)
    }

    /// The distinct app secrets of channels with apps of their own.
    pub fn meta_app_secrets(&self) -> impl Iterator<Item = &AppSecret> {
        self.all().flat_map(|channel| match &channel.account {
            Account::Meta { app_secrets, .. } => app_secrets.as_slice(),
            _ => &[],
        })
    }

    /// Everything that answers Meta's handshake.
    pub fn meta_verify_tokens(&self) -> impl Iterator<Item = &SecretDigest> {
        self.all().flat_map(|channel| match &channel.account {
            Account::Meta { verify_tokens, .. } => verify_tokens.as_slice(),
            _ => &[],
        })
    }

    /// What was noticed at each channel's door since the last call.
    pub fn notes(&self) -> Vec<Note> {
        let of_one = |channel: &Channel| {
            let id = channel.id;
            channel.seen.take().into_iter().map(move |(what, at)| Note { channel: id, what, at })
        };
        self.all().flat_map(of_one).collect()
    }

    /// A request was proven by the secret of an app: noted with every channel of that app that is replacing it.
    pub fn proven_by_app(&self, app: &SecretDigest, now: Timestamp) {
        for channel in self.all().filter(|channel| channel.seen.is_watching()) {
            if let Account::Meta { app_secrets, .. } = &channel.account {
                for one in app_secrets.iter().filter(|one| one.digest.equals(app)) {
                    channel.seen.proven_by(one.name, now);
                }
            }
        }
    }

    /// How many channels there are, usable or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_slug.len() + self.unusable.len()
    }
}
