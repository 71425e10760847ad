//! The content templates of a Twilio account, with what WhatsApp decided about them.

use std::collections::BTreeMap;

use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::domain::causes::Cause;
use crate::domain::outcome::Trouble;
use crate::domain::templates::{Quality, Registered, Status, TemplateButton};
use crate::providers::exchange;
use crate::providers::twilio::account::Account;
use crate::providers::twilio::classify::refused;

const PAGE: &str = "50";

const MOST_PAGES: usize = 120;

#[derive(Deserialize)]
struct Page {
    contents: Vec<Wire>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    next_page_url: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    sid: String,
    friendly_name: String,
    #[serde(default)]
    language: String,
    /// By the name of the kind, such as `twilio/quick-reply`. There is usually one.
    #[serde(default)]
    types: BTreeMap<String, Value>,
    #[serde(default)]
    approval_requests: Option<Approval>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Approval {
    status: String,
    category: String,
    rejection_reason: String,
}

/// All templates of the account, page by page.
pub(super) async fn list(
    client: &reqwest::Client,
    account: &Account,
    deadline: Instant,
) -> Result<Vec<Registered>, Trouble> {
    let first = account.templates();
    let mut url = first.clone();
    url.query_pairs_mut().append_pair("PageSize", PAGE);
    let mut listed = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer = exchange::get(account.authorise(client.get(url)), deadline).await?;
        let body = answer.body.as_deref().filter(|_| answer.status == 200);
        let Some(page) = body.and_then(|body| serde_json::from_slice::<Page>(body).ok()) else {
            return Err(refused(&answer, "", &account.private(&[])));
        };
        listed.extend(page.contents.into_iter().map(registered));
        match page.meta.next_page_url.as_deref().and_then(|next| below(&first, next)) {
            Some(next) => url = next,
            None => return Ok(listed),
        }
    }
    Err(Trouble::because(Cause::TooLarge, format!("the list has more than {MOST_PAGES} pages")))
}

/// The next page: only its place is taken from the answer, never the server our key goes to.
fn below(first: &Url, next: &str) -> Option<Url> {
    let next: Url = next.parse().ok()?;
    let mut url = first.clone();
    url.set_query(Some(next.query()?));
    Some(url)
}

fn registered(wire: Wire) -> Registered {
    let approval = wire.approval_requests.unwrap_or_default();
    let kind = wire.types.into_iter().next();
    let said = kind.as_ref().map(|(_, said)| said);
    let text = |field: &str| said.and_then(|said| said.get(field)).and_then(Value::as_str).map(str::to_owned);
    let actions = said.and_then(|said| said.get("actions")).and_then(Value::as_array);
    Registered {
        key: wire.sid.clone(),
        name: wire.friendly_name,
        language: wire.language,
        provider_id: Some(wire.sid),
        category: approval.category.to_lowercase(),
        status: status(&approval.status),
        quality: Quality::Unknown,
        reason: Some(approval.rejection_reason).filter(|reason| !reason.is_empty()),
        header: None,
        body: text("body").unwrap_or_default(),
        footer: text("footer"),
        buttons: actions.into_iter().flatten().map(button).collect(),
    }
}

fn button(action: &Value) -> TemplateButton {
    let word = |field: &str| action.get(field).and_then(Value::as_str).unwrap_or_default();
    let kind = match word("type") {
        "" | "QUICK_REPLY" => "quick_reply".to_owned(),
        kind => kind.to_lowercase(),
    };
    TemplateButton { kind, title: word("title").to_owned() }
}

/// Twilio's word for it. A word nobody knows is not good enough to send by: it counts as pending.
fn status(word: &str) -> Status {
    match word {
        "" | "unsubmitted" => Status::Unsubmitted,
        "approved" => Status::Approved,
        "paused" => Status::Paused,
        "rejected" => Status::Rejected,
        "disabled" => Status::Disabled,
        _ => Status::Pending,
    }
}
