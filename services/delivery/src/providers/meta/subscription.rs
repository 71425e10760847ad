//! Where Meta sends a business account's events: to the app's address, or to one that is set for the account.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::{Account, Meta, classify};
use crate::domain::outcome::Trouble;
use crate::providers::exchange;
use crate::providers::set_up::Hooked;

#[derive(Deserialize)]
struct Apps {
    data: Vec<App>,
}

#[derive(Deserialize)]
struct App {
    #[serde(default)]
    override_callback_uri: Option<String>,
}

impl Meta {
    /// Subscribes the token's app to the account's events, at our address. Meta asks that address whether it is ours before
    /// it says yes.
    pub async fn set_hook(
        &self,
        account: &Account,
        waba_id: &str,
        (url, verify_token): (&str, &SecretString),
        deadline: Instant,
    ) -> Result<(), Trouble> {
        let token = verify_token.expose_secret();
        let payload = exchange::json(&json!({ "override_callback_uri": url, "verify_token": token }))?;
        let request = account.authorise(self.client.post(account.subscribed_apps(waba_id)));
        let answer = exchange::post(request, payload, deadline).await?;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(classify::refused(&answer, &account.private(&[token])))
        }
    }

    /// Reads it back.
    pub async fn hooked(
        &self,
        account: &Account,
        waba_id: &str,
        ours: &str,
        deadline: Instant,
    ) -> Result<Hooked, Trouble> {
        let request = account.authorise(self.client.get(account.subscribed_apps(waba_id)));
        let answer = exchange::get(request, deadline).await?;
        if answer.status != 200 {
            return Err(classify::refused(&answer, &account.private(&[])));
        }
        let apps = answer.body.as_deref().and_then(|body| serde_json::from_slice::<Apps>(body).ok());
        Ok(apps.map_or(Hooked::Unsaid { why: "Meta's answer about its apps cannot be read" }, |apps| {
            hooked(apps, ours)
        }))
    }
}

fn hooked(apps: Apps, ours: &str) -> Hooked {
    let subscribed = !apps.data.is_empty();
    let urls: Vec<String> = apps.data.into_iter().filter_map(|app| app.override_callback_uri).collect();
    match (subscribed, urls.iter().any(|url| url == ours), urls.into_iter().next()) {
        (false, ..) => Hooked::Nowhere,
        (true, true, _) => Hooked::Ours,
        (true, false, Some(url)) => Hooked::Elsewhere { url },
        (true, false, None) => Hooked::Unsaid {
            why: "an app is subscribed, and its own address counts, which Meta shows in the app's console only",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_without_an_address_of_its_own_may_still_be_right() {
        let of = |body: &str| hooked(serde_json::from_str(body).unwrap(), "https://d/webhooks/meta");
        assert_eq!(of(r#"{"data":[]}"#), Hooked::Nowhere);
        assert!(matches!(
            of(r#"{"data":[{"whatsapp_business_api_data":{"id":"1"}}]}"#),
            Hooked::Unsaid { .. }
        ));
        assert_eq!(of(r#"{"data":[{},{"override_callback_uri":"https://d/webhooks/meta"}]}"#), Hooked::Ours);
        let other = of(r#"{"data":[{"override_callback_uri":"https://e"}]}"#);
        assert_eq!(other, Hooked::Elsewhere { url: "https://e".into() });
    }
}
