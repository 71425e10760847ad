//! Setting a channel up at its provider: its webhook, its phone. Nothing here sends a message.

use std::fmt;

use secrecy::SecretString;
use tokio::time::Instant;

use super::{ChannelAccount, Providers};
use crate::domain::outcome::Trouble;

/// Where the provider is to send what happens, and how it proves itself there. The secret shows in no debug form.
#[derive(Clone)]
pub enum Hook {
    /// An instance's own webhook, with a header that holds a secret.
    Evolution {
        /// The address.
        url: String,
        /// The header's name.
        header: &'static str,
        /// What it holds.
        value: SecretString,
    },
    /// An address for the business account, in place of the app's.
    Meta {
        /// The address.
        url: String,
        /// The business account.
        waba_id: String,
        /// What Meta shows when it asks whether the address is ours.
        verify_token: SecretString,
    },
    /// The sender's address for incoming messages.
    Twilio {
        /// The address.
        url: String,
    },
}

impl Hook {
    /// The address.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::Evolution { url, .. } | Self::Meta { url, .. } | Self::Twilio { url } => url,
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hook").field(&self.url()).finish()
    }
}

/// What is set at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hooked {
    /// Ours.
    Ours,
    /// Another address.
    Elsewhere {
        /// Which.
        url: String,
    },
    /// Nothing.
    Nowhere,
    /// Ours, and it does not tell everything.
    Incomplete {
        /// What is missing there.
        missing: Vec<String>,
    },
    /// The provider does not say.
    Unsaid {
        /// Why.
        why: &'static str,
    },
}

/// What pairing a phone came to.
#[derive(Clone, PartialEq, Eq)]
pub enum Pairing {
    /// It is paired already.
    Paired,
    /// Somebody has to scan or type this, within 45 seconds. It lets in whoever has it.
    Code {
        /// What the picture holds.
        code: String,
        /// For typing in instead, if a number was given.
        pairing_code: Option<String>,
        /// The picture, PNG in base64.
        png: Option<String>,
    },
}

impl fmt::Debug for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paired => "Paired",
            Self::Code { .. } => "Code(hidden)",
        })
    }
}

/// Why something is not set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The provider, or the way to it.
    Trouble(Trouble),
    /// This provider has nothing of the kind.
    NotOffered {
        /// What it lacks.
        why: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
}

impl From<Trouble> for Obstacle {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// For providers whose numbers are on no phone.
const NO_PHONE: Obstacle = Obstacle::NotOffered {
    why: "the number is on no phone, so there is nothing to pair, restart or log out",
    instead: "register the number in the provider's console; GetConnectionState says whether it may be used",
};

impl Providers {
    /// What is set as the channel's webhook.
    pub async fn hooked(
        &self,
        channel: &ChannelAccount,
        ours: &Hook,
        deadline: Instant,
    ) -> Result<Hooked, Obstacle> {
        match (channel, ours) {
            (ChannelAccount::Evolution(account), _) => {
                Ok(self.evolution.hooked(account, ours.url(), deadline).await?)
            }
            (ChannelAccount::Meta(account), Hook::Meta { url, waba_id, .. }) => {
                Ok(self.meta.hooked(account, waba_id, url, deadline).await?)
            }
            (ChannelAccount::Twilio(account), _) => self.twilio.hooked(account, ours.url(), deadline).await,
            (ChannelAccount::Meta(_), _) => Err(MISMATCH),
        }
    }

    /// Sets the channel's webhook.
    pub async fn set_hook(
        &self,
        channel: &ChannelAccount,
        ours: &Hook,
        deadline: Instant,
    ) -> Result<(), Obstacle> {
        match (channel, ours) {
            (ChannelAccount::Evolution(account), Hook::Evolution { url, header, value }) => {
                Ok(self.evolution.set_hook(account, url, (header, value), deadline).await?)
            }
            (ChannelAccount::Meta(account), Hook::Meta { url, waba_id, verify_token }) => {
                Ok(self.meta.set_hook(account, waba_id, (url, verify_token), deadline).await?)
            }
            (ChannelAccount::Twilio(account), Hook::Twilio { url }) => {
                self.twilio.set_hook(account, url, deadline).await
            }
            _ => Err(MISMATCH),
        }
    }

    /// Makes the instance on its server, with the server's own key, its webhook set. `false`: it is there already.
    pub async fn create_instance(
        &self,
        channel: &ChannelAccount,
        ours: &Hook,
        server_key: Option<SecretString>,
        deadline: Instant,
    ) -> Result<bool, Obstacle> {
        match (channel, ours) {
            (ChannelAccount::Evolution(account), Hook::Evolution { url, header, value }) => {
                Ok(self.evolution.create(account, server_key, (url, header, value), deadline).await?)
            }
            _ => Err(NO_PHONE),
        }
    }

    /// Asks for a code to pair the phone with. `number`: digits, for a code that is typed in.
    pub async fn pair(
        &self,
        channel: &ChannelAccount,
        number: Option<&str>,
        deadline: Instant,
    ) -> Result<Pairing, Obstacle> {
        match channel {
            ChannelAccount::Evolution(account) => Ok(self.evolution.pair(account, number, deadline).await?),
            ChannelAccount::Meta(_) | ChannelAccount::Twilio(_) => Err(NO_PHONE),
        }
    }

    /// Starts the instance's connection anew.
    pub async fn restart(&self, channel: &ChannelAccount, deadline: Instant) -> Result<(), Obstacle> {
        match channel {
            ChannelAccount::Evolution(account) => Ok(self.evolution.restart(account, deadline).await?),
            ChannelAccount::Meta(_) | ChannelAccount::Twilio(_) => Err(NO_PHONE),
        }
    }

    /// Ends the phone's session. `false`: it had ended.
    pub async fn log_out(&self, channel: &ChannelAccount, deadline: Instant) -> Result<bool, Obstacle> {
        match channel {
            ChannelAccount::Evolution(account) => Ok(self.evolution.log_out(account, deadline).await?),
            ChannelAccount::Meta(_) | ChannelAccount::Twilio(_) => Err(NO_PHONE),
        }
    }
}

/// A webhook of one provider for the channel of another: its row changed while it was read.
const MISMATCH: Obstacle =
    Obstacle::NotOffered { why: "the channel's provider changed just now", instead: "ask again" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_codes_nor_tokens_show() {
        let code =
            Pairing::Code { code: "2@secret".into(), pairing_code: Some("WZYEH1YY".into()), png: None };
        let hook =
            Hook::Evolution { url: "http://d".into(), header: "authorization", value: "Bearer x".into() };
        let shown = format!("{code:?} {hook:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("WZYEH") && !shown.contains("Bearer"),
            "{shown}"
        );
    }
}
