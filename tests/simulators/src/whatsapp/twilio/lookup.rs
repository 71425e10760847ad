//! The routes that tell something: the account, its messages, one message.

use serde_json::{Value, json};

use super::error::TwilioError;
use super::messages::Query;
use crate::http::{Reply, Request};
use crate::whatsapp::world::World;

/// `GET /2010-04-01/Accounts/{sid}…`; `rest` is what follows the sid. The last part ends with `.json`.
pub(super) fn answer(world: &World, sid: &str, rest: &[&str], request: &Request) -> Reply {
    let account = sid.strip_suffix(".json").unwrap_or(sid);
    let lets_in = |sender: &super::Sender| sender.spec.account_sid == account && sender.lets_in(request);
    if world.twilio_sender(lets_in).is_none() {
        return TwilioError::of(20003).reply();
    }
    match rest {
        [] if sid.ends_with(".json") => Reply::json(200, &resource(account)),
        ["Messages.json"] => messages(world, account, request),
        ["Messages", _, "Media", media] => super::media::redirect(world, media),
        ["Messages", message] => {
            one(world, account, message.strip_suffix(".json").unwrap_or(message), request)
        }
        _ => not_found(request),
    }
}

fn not_found(request: &Request) -> Reply {
    let words = format!("The requested resource {} was not found", request.path());
    TwilioError::of(20404).because(words).reply()
}

fn resource(account: &str) -> Value {
    json!({
        "sid": account,
        "friendly_name": "Harbour Dental",
        "status": "active",
        "type": "Full",
        "owner_account_sid": account,
        "date_created": "Mon, 05 Jan 2026 09:00:00 +0000",
        "date_updated": "Mon, 05 Jan 2026 09:00:00 +0000",
        "uri": format!("/2010-04-01/Accounts/{account}.json"),
        "subresource_uris": {"messages": format!("/2010-04-01/Accounts/{account}/Messages.json")},
    })
}

fn senders(world: &World, account: &str) -> Vec<std::sync::Arc<super::Sender>> {
    let accounts = world.accounts().into_iter();
    let senders = accounts.filter_map(|known| match known {
        crate::whatsapp::accounts::Account::Twilio(sender) => Some(sender),
        _ => None,
    });
    senders.filter(|sender| sender.spec.account_sid == account).collect()
}

fn messages(world: &World, account: &str, request: &Request) -> Reply {
    let query = Query::of(request);
    let mut found: Vec<_> =
        senders(world, account).iter().flat_map(|sender| sender.messages.find(&query)).collect();
    found.sort_by_key(|message| std::cmp::Reverse(message.at_s));
    let shown = found.iter().skip(query.page * query.size).take(query.size);
    let shown: Vec<Value> = shown.map(|message| message.shown()).collect();
    let uri = |page: usize| {
        format!("/2010-04-01/Accounts/{account}/Messages.json?PageSize={}&Page={page}", query.size)
    };
    let more = found.len() > (query.page + 1) * query.size;
    Reply::json(
        200,
        &json!({
            "messages": shown,
            "page": query.page,
            "page_size": query.size,
            "start": query.page * query.size,
            "end": (query.page * query.size + shown.len()).saturating_sub(1),
            "first_page_uri": uri(0),
            "next_page_uri": more.then(|| uri(query.page + 1)),
            "previous_page_uri": query.page.checked_sub(1).map(uri),
            "uri": uri(query.page),
        }),
    )
}

fn one(world: &World, account: &str, sid: &str, request: &Request) -> Reply {
    let found = senders(world, account).iter().find_map(|sender| sender.messages.get(sid));
    found.map_or_else(|| not_found(request), |message| Reply::json(200, &message.shown()))
}
