//! A number of a business with Meta.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::app::App;
use crate::lock::lock;
use crate::whatsapp::limits::{Bucket, Pairs};
use crate::whatsapp::window::Windows;
use crate::whatsapp::world::World;

/// What a number is made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberSpec {
    /// Its id, by which it is called here too.
    pub phone_number_id: String,
    /// The business account it belongs to.
    #[serde(default = "waba_id")]
    pub waba_id: String,
    /// The number's own digits.
    #[serde(default = "own_number")]
    pub own_number: String,
    /// The token its callers must show.
    #[serde(skip_serializing)]
    pub access_token: String,
    /// Where its app is told what happens; without it nobody is told anything.
    #[serde(default)]
    pub webhook_url: Option<String>,
    /// With which its app's webhooks are signed. Numbers with the same webhook and secret are of one app, and share
    /// its calls.
    #[serde(default, skip_serializing)]
    pub app_secret: String,
    /// Shown when the webhook is asked whether it is the business's own.
    #[serde(default, skip_serializing)]
    pub verify_token: String,
}

fn waba_id() -> String {
    "204060801030507".to_owned()
}

fn own_number() -> String {
    "447700900200".to_owned()
}

impl NumberSpec {
    /// A number with a webhook.
    pub fn new(
        phone_number_id: impl Into<String>,
        access_token: impl Into<String>,
        webhook_url: impl Into<String>,
        app_secret: impl Into<String>,
        verify_token: impl Into<String>,
    ) -> Self {
        Self {
            phone_number_id: phone_number_id.into(),
            waba_id: waba_id(),
            own_number: own_number(),
            access_token: access_token.into(),
            webhook_url: Some(webhook_url.into()),
            app_secret: app_secret.into(),
            verify_token: verify_token.into(),
        }
    }
}

impl std::str::FromStr for NumberSpec {
    type Err = String;

    /// Reads `phone_number_id,access_token,webhook_url,app_secret,verify_token`; the last three may be left out.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
        let (Some(phone_number_id), Some(access_token)) = (part(), part()) else {
            return Err(format!(
                "`{text}` is no number: write phone_number_id,access_token,webhook_url,app_secret,verify_token"
            ));
        };
        Ok(Self {
            webhook_url: part(),
            app_secret: part().unwrap_or_default(),
            verify_token: part().unwrap_or_default(),
            ..Self::new(phone_number_id, access_token, "", "", "")
        })
    }
}

/// A running number.
#[derive(Debug)]
pub(in crate::whatsapp) struct Number {
    pub spec: NumberSpec,
    app: Mutex<Option<Arc<App>>>,
    /// The address in place of the app's, if one was set.
    override_url: Mutex<Option<String>>,
    /// Messages in and out.
    pub(super) throughput: Bucket,
    pub(super) pairs: Pairs,
    pub(super) windows: Windows,
}

impl Number {
    pub fn try_new(world: &World, spec: NumberSpec) -> Result<Self, String> {
        let app = match &spec.webhook_url {
            None => None,
            Some(url) => Some(world.apps.app(url, &spec.app_secret)?),
        };
        let limits = &world.options.limits;
        Ok(Self {
            app: Mutex::new(app),
            override_url: Mutex::default(),
            throughput: Bucket::per_second(limits.per_second),
            pairs: Pairs::new(limits),
            windows: Windows::new(world.options.window),
            spec,
        })
    }

    pub fn name(&self) -> &str {
        &self.spec.phone_number_id
    }

    /// Who is told what happens.
    pub(super) fn app(&self) -> Option<Arc<App>> {
        lock(&self.app).clone()
    }

    /// The address in place of the app's.
    pub(super) fn override_url(&self) -> Option<String> {
        lock(&self.override_url).clone()
    }

    /// From now on that address is told.
    pub(super) fn tell(&self, app: Arc<App>, url: &str) {
        *lock(&self.app) = Some(app);
        *lock(&self.override_url) = Some(url.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_from_the_command_line() {
        let spec: NumberSpec =
            "1098, token ,http://127.0.0.1:8080/webhooks/meta,secret,meet".parse().unwrap();
        assert_eq!((spec.phone_number_id.as_str(), spec.access_token.as_str()), ("1098", "token"));
        assert_eq!((spec.app_secret.as_str(), spec.verify_token.as_str()), ("secret", "meet"));
        assert_eq!("1098,token".parse::<NumberSpec>().unwrap().webhook_url, None);
        assert!("1098".parse::<NumberSpec>().unwrap_err().contains("access_token"));
    }
}
