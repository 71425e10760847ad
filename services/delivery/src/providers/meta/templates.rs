//! The templates of a business account with Meta.

use serde::Deserialize;
use tokio::time::Instant;

use crate::domain::causes::Cause;
use crate::domain::outcome::Trouble;
use crate::domain::templates::{Quality, Registered, Status, TemplateButton};
use crate::providers::exchange;
use crate::providers::meta::account::Account;
use crate::providers::meta::classify::refused;

/// Templates asked for at a time: so many fit into the largest answer that is read.
const PAGE: usize = 50;

/// Pages read at most. An account holds 6,000 templates at most; a front desk names a handful.
const MOST_PAGES: usize = 120;

const FIELDS: &str = "id,name,language,status,category,quality_score,rejected_reason,components";

#[derive(Deserialize)]
struct Page {
    data: Vec<Wire>,
    #[serde(default)]
    paging: Paging,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paging {
    cursors: Cursors,
    /// There only when there is a next page.
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cursors {
    after: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    name: String,
    language: String,
    status: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    category: String,
    #[serde(default)]
    quality_score: Score,
    #[serde(default)]
    rejected_reason: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Score {
    score: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Component {
    r#type: String,
    format: Option<String>,
    text: Option<String>,
    buttons: Vec<Button>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Button {
    r#type: String,
    text: String,
}

/// All templates of the account, page by page.
pub(super) async fn list(
    client: &reqwest::Client,
    account: &Account,
    deadline: Instant,
) -> Result<Vec<Registered>, Trouble> {
    let Some(templates) = account.templates() else {
        return Err(Trouble::because(
            Cause::WrongAddress,
            "account.waba_id is missing; give the id of the business account",
        ));
    };
    let mut listed = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let mut url = templates.clone();
        url.query_pairs_mut().append_pair("fields", FIELDS).append_pair("limit", &PAGE.to_string());
        if let Some(after) = &after {
            url.query_pairs_mut().append_pair("after", after);
        }
        let answer = exchange::get(account.authorise(client.get(url)), deadline).await?;
        let body = answer.body.as_deref().filter(|_| answer.status == 200);
        let Some(page) = body.and_then(|body| serde_json::from_slice::<Page>(body).ok()) else {
            return Err(refused(&answer, &account.private(&[])));
        };
        listed.extend(page.data.into_iter().filter_map(registered));
        match (page.paging.next, page.paging.cursors.after) {
            (Some(_), Some(next)) => after = Some(next),
            _ => return Ok(listed),
        }
    }
    Err(Trouble::because(Cause::TooLarge, format!("the list has more than {MOST_PAGES} pages")))
}

fn registered(wire: Wire) -> Option<Registered> {
    let part = |kind: &str| wire.components.iter().find(|part| part.r#type.eq_ignore_ascii_case(kind));
    let text = |kind: &str| part(kind).and_then(|part| part.text.clone());
    let is_text = |part: &&Component| part.format.as_deref().is_none_or(|format| format == "TEXT");
    let header = part("HEADER").filter(is_text).and_then(|part| part.text.clone());
    let buttons = part("BUTTONS").map(|part| part.buttons.iter().map(button).collect()).unwrap_or_default();
    let (body, footer) = (text("BODY").unwrap_or_default(), text("FOOTER"));
    let status = status(&wire.status)?;
    Some(Registered {
        key: format!("{}/{}", wire.name, wire.language),
        provider_id: wire.id,
        category: wire.category.to_lowercase(),
        status,
        quality: wire.quality_score.score.to_lowercase().parse().unwrap_or(Quality::Unknown),
        reason: wire.rejected_reason.filter(|reason| !reason.is_empty() && reason != "NONE"),
        header,
        body,
        footer,
        buttons,
        name: wire.name,
        language: wire.language,
    })
}

fn button(wire: &Button) -> TemplateButton {
    TemplateButton { kind: wire.r#type.to_lowercase(), title: wire.text.clone() }
}

/// Meta's word for it. A word nobody knows is not good enough to send by: it counts as pending.
fn status(word: &str) -> Option<Status> {
    Some(match word {
        "APPROVED" => Status::Approved,
        "PAUSED" => Status::Paused,
        "REJECTED" => Status::Rejected,
        "DISABLED" | "LIMIT_EXCEEDED" | "ARCHIVED" => Status::Disabled,
        "DELETED" | "PENDING_DELETION" => Status::Deleted,
        "" => return None,
        _ => Status::Pending,
    })
}
