//! Looks for a message in Twilio's list.
//!
//! Asked for by sender and recipient, newest first. Not by `DateSent`: a message still in Twilio's queue has none, and
//! would look as if it were not there.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::Deserialize;
use tokio::time::Instant;

use crate::domain::ladder::Rung;
use crate::domain::outcome::Trouble;
use crate::domain::unknown::{Found, FoundMessage};
use crate::providers::twilio::account::Account;
use crate::providers::twilio::answer::is_id;
use crate::providers::twilio::classify::refused;
use crate::providers::twilio::recipient::recipient;
use crate::providers::{Missed, Sought, Window, exchange};

/// By so much Twilio's clock may differ from ours.
const SKEW: Duration = Duration::from_secs(30);

/// Messages asked for. The window is minutes long; nobody writes to one person more often.
const PAGE: usize = 20;

#[derive(Deserialize)]
struct Listed {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    sid: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    date_created: Option<String>,
}

/// Every message of ours with that text, to one of the addresses and in the time.
pub(super) async fn find(
    client: &reqwest::Client,
    account: &Account,
    sought: &Sought,
    deadline: Instant,
) -> Result<Found, Trouble> {
    let mut found = Found { ours: Vec::new(), keeps_list: true };
    let mut is_filed = false;
    for to in sought.addresses.iter().filter_map(|address| recipient(address).ok()) {
        let listed = page(client, account, &to, deadline).await?;
        is_filed |= !listed.is_empty();
        found.keeps_list &= tells_everything(&listed, sought);
        found.ours.extend(listed.iter().filter_map(|message| matching(message, sought)));
    }
    found.ours.sort_by_key(|message| message.at);
    found.ours.dedup_by(|a, b| a.provider_id == b.provider_id);
    // Twilio may file a number under another spelling than the one that was dialled.
    found.keeps_list &= is_filed;
    Ok(found)
}

/// The list as it is, record by record.
#[derive(Deserialize)]
struct Everything {
    messages: Vec<serde_json::Value>,
    #[serde(default)]
    next_page_uri: Option<String>,
}

/// A page of what customers sent to the sender in that time, newest first, as Twilio filed it.
pub(super) async fn missed(
    client: &reqwest::Client,
    account: &Account,
    window: &Window,
    deadline: Instant,
) -> Result<Missed, Trouble> {
    let mut url = account.messages();
    match &window.page {
        // Twilio's own continuation; only its query, so that it cannot lead anywhere else.
        Some(query) => url.set_query(Some(query)),
        None => {
            url.query_pairs_mut()
                .append_pair("To", account.from())
                .append_pair("DateSent>", &window.from.to_string())
                .append_pair("DateSent<", &window.until.to_string())
                .append_pair("PageSize", &PAGE.to_string());
        }
    }
    let answer = exchange::get(account.authorise(client.get(url)), deadline).await?;
    let body = answer.body.as_deref().filter(|_| answer.status == 200);
    let Some(listed) = body.and_then(|body| serde_json::from_slice::<Everything>(body).ok()) else {
        return Err(refused(&answer, "", &account.private(&[])));
    };
    let inbound = |record: &serde_json::Value| record.get("direction").is_some_and(|way| way == "inbound");
    let next = listed.next_page_uri.and_then(|uri| uri.split_once('?').map(|(_, query)| query.to_owned()));
    Ok(Missed { records: listed.messages.into_iter().filter(inbound).collect(), next })
}

async fn page(
    client: &reqwest::Client,
    account: &Account,
    to: &str,
    deadline: Instant,
) -> Result<Vec<Message>, Trouble> {
    let mut url = account.messages();
    url.query_pairs_mut()
        .append_pair("To", to)
        .append_pair("From", account.from())
        .append_pair("PageSize", &PAGE.to_string());
    let answer = exchange::get(account.authorise(client.get(url)), deadline).await?;
    let body = answer.body.as_deref().filter(|_| answer.status == 200);
    match body.and_then(|body| serde_json::from_slice::<Listed>(body).ok()) {
        Some(listed) => Ok(listed.messages),
        None => Err(refused(&answer, to, &account.private(&[]))),
    }
}

/// Whether a message of that time would be seen and recognised: the page reaches back far enough, and no text in it was
/// taken out (accounts can have bodies redacted).
fn tells_everything(listed: &[Message], sought: &Sought) -> bool {
    let reaches_back = listed.len() < PAGE
        || listed.iter().filter_map(created).min().is_some_and(|oldest| oldest < since(sought));
    let in_time = listed.iter().filter(|message| created(message).is_none_or(|at| at >= since(sought)));
    let readable = in_time.filter(|message| is_ours(message)).all(|message| {
        message.date_created.is_some() && message.body.as_deref().is_some_and(|body| !body.trim().is_empty())
    });
    reaches_back && readable
}

fn matching(message: &Message, sought: &Sought) -> Option<FoundMessage> {
    let at = created(message)?;
    let in_time = at >= since(sought) && at <= sought.until.checked_add(SKEW).unwrap_or(Timestamp::MAX);
    let same = message.body.as_deref()?.trim() == sought.text.trim();
    if !in_time || !same || !is_ours(message) || !is_id(&message.sid) {
        return None;
    }
    Some(FoundMessage { provider_id: message.sid.clone(), at, rung: rung(&message.status) })
}

fn is_ours(message: &Message) -> bool {
    message.direction.starts_with("outbound")
}

fn since(sought: &Sought) -> Timestamp {
    sought.from.checked_sub(SKEW).unwrap_or(Timestamp::MIN)
}

fn created(message: &Message) -> Option<Timestamp> {
    let parsed = rfc2822::DateTimeParser::new().parse_timestamp(message.date_created.as_deref()?);
    parsed.ok()
}

/// Being in the list proves as much as a 201.
fn rung(status: &str) -> Rung {
    match status {
        "delivered" | "partially_delivered" => Rung::Delivered,
        "read" => Rung::Read,
        "failed" | "undelivered" | "canceled" => Rung::Failed,
        _ => Rung::Sent,
    }
}
