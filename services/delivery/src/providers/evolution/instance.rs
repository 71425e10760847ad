//! The instance itself: made, paired with a phone, started anew, logged out.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::answer::Said;
use super::{Account, Evolution, classify, webhook};
use crate::domain::causes::Cause;
use crate::domain::outcome::Trouble;
use crate::providers::exchange::{self, Answer};
use crate::providers::set_up::Pairing;

/// What `connect` answers: a code, or the state of a session that stands.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Shown {
    code: Option<String>,
    pairing_code: Option<String>,
    base64: Option<String>,
    instance: Option<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    state: Option<String>,
}

impl Evolution {
    /// Makes the instance. `server_key`: where it is not the channel's own. `false`: the name is taken, so it is there.
    pub async fn create(
        &self,
        account: &Account,
        server_key: Option<SecretString>,
        (url, header, value): (&str, &str, &SecretString),
        deadline: Instant,
    ) -> Result<bool, Trouble> {
        let key = account.key().clone();
        let caller = match server_key {
            Some(server) => account
                .with_key(server)
                .map_err(|error| Trouble::because(Cause::KeyMissing, error.to_string()))?,
            None => account.clone(),
        };
        let mut wish = json!({
            "instanceName": account.instance(), "integration": "WHATSAPP-BAILEYS", "qrcode": false, "groupsIgnore": true,
            "webhook": webhook::settings(url, header, value),
        });
        if caller.key().expose_secret() != key.expose_secret() {
            wish["token"] = key.expose_secret().into();
        }
        let request = caller.authorise(self.client.post(account.create_route()));
        let answer = exchange::post(request, exchange::json(&wish)?, deadline).await?;
        let private = [key.expose_secret(), value.expose_secret()];
        match answer.status {
            200 | 201 => Ok(true),
            403 if Said::read(&answer).mentions("already in use") => Ok(false),
            _ => Err(classify::unanswered(&answer, &caller.private(&private))),
        }
    }

    /// Asks for a code, which lives for 45 seconds.
    pub async fn pair(
        &self,
        account: &Account,
        number: Option<&str>,
        deadline: Instant,
    ) -> Result<Pairing, Trouble> {
        let mut url = account.instance_route("connect");
        if let Some(number) = number {
            url.query_pairs_mut().append_pair("number", number);
        }
        let answer = exchange::get(account.authorise(self.client.get(url)), deadline).await?;
        pairing(&answer, account)
    }

    /// Starts its connection anew; the session stays.
    pub async fn restart(&self, account: &Account, deadline: Instant) -> Result<(), Trouble> {
        let request = account.authorise(self.client.post(account.instance_route("restart")));
        let answer = exchange::post(request, exchange::json(&json!({}))?, deadline).await?;
        if matches!(answer.status, 200 | 201) && !Said::read(&answer).is_error {
            Ok(())
        } else {
            Err(refused(&answer, account))
        }
    }

    /// Ends the session. `false`: there was none.
    pub async fn log_out(&self, account: &Account, deadline: Instant) -> Result<bool, Trouble> {
        let request = account.authorise(self.client.delete(account.instance_route("logout")));
        let answer = exchange::get(request, deadline).await?;
        match answer.status {
            200 if !Said::read(&answer).is_error => Ok(true),
            400 if Said::read(&answer).mentions("not connected") => Ok(false),
            _ => Err(refused(&answer, account)),
        }
    }
}

fn pairing(answer: &Answer, account: &Account) -> Result<Pairing, Trouble> {
    let shown = answer.body.as_deref().filter(|_| answer.status == 200);
    let shown: Option<Shown> = shown.and_then(|body| serde_json::from_slice(body).ok());
    match shown {
        Some(Shown { instance: Some(Instance { state: Some(state) }), .. }) if state == "open" => {
            Ok(Pairing::Paired)
        }
        Some(Shown { code: Some(code), pairing_code, base64, .. }) => Ok(Pairing::Code {
            code,
            pairing_code: pairing_code.filter(|code| !code.is_empty()),
            png: base64.map(|data| match data.split_once("base64,") {
                Some((_, png)) => png.to_owned(),
                None => data,
            }),
        }),
        _ => Err(refused(answer, account)),
    }
}

/// What these routes say under a 200 is a refusal in disguise.
fn refused(answer: &Answer, account: &Account) -> Trouble {
    let mut trouble = classify::unanswered(answer, &account.private(&[]));
    if trouble.cause == Cause::UnreadableAnswer && Said::read(answer).is_error {
        trouble.cause = Cause::InstanceNotLoaded;
    }
    trouble
}
