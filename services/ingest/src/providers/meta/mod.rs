//! Meta WhatsApp Business Cloud API: batches for several businesses in one request, signed over the raw bytes.

mod account;
mod content;
mod handshake;
mod message;
mod peer;
mod signature;
mod status;
mod wire;

pub use handshake::challenge;
pub use signature::verify;

use serde::Deserialize;

use self::wire::{Body, Change, Entry, Value, WireError};
use super::loose::Pieces;
use crate::domain::{
    ChannelSignal, Claim, InboundEvent, MOST_PIECES, Parsed, Rejected, Route, Routed, Unparsable,
};

/// Longest id taken. Real ones reach 128 characters and more.
const MAX_ID: usize = 512;

/// Reads a webhook: every entry, change, message and status of it.
///
/// # Errors
/// If the body is not an envelope at all, or holds more than [`MOST_PIECES`]. A piece of a known envelope that makes no sense is rejected alone.
pub fn parse(body: &[u8]) -> Result<Parsed, Unparsable> {
    let body: Body<'_> = serde_json::from_slice(body).map_err(|error| Unparsable::json(&error))?;
    if body.object.get() != Some("whatsapp_business_account") {
        return Err(Unparsable::new("object is not whatsapp_business_account"));
    }
    let mut parsed = Parsed::empty(Claim::None);
    if body.entry.len() == 0 {
        parsed.rejected.push(rejected(&Route::Addressed, "entry".to_owned(), "is empty"));
    }
    for (index, piece) in body.entry.iter().enumerate() {
        let at = format!("entry[{index}]");
        match piece {
            Ok(piece) => entry(&piece, &at, &mut parsed),
            Err(detail) => parsed.rejected.push(rejected(&Route::Addressed, at, &detail)),
        }
        if parsed.pieces() > MOST_PIECES {
            return Err(Unparsable::new(format!("it holds more than {MOST_PIECES} pieces")));
        }
    }
    Ok(parsed)
}

fn entry(entry: &Entry<'_>, at: &str, parsed: &mut Parsed) {
    let account = Route::MetaAccount(entry.id.get().unwrap_or_default().to_owned());
    if entry.changes.len() == 0 {
        parsed.rejected.push(rejected(&account, at.to_owned(), "no changes"));
    }
    for (index, piece) in entry.changes.iter().enumerate() {
        let at = format!("{at}.changes[{index}]");
        match piece {
            Ok(piece) => change(&piece, &account, &at, parsed),
            Err(detail) => parsed.rejected.push(rejected(&account, at, &detail)),
        }
        if parsed.pieces() > MOST_PIECES {
            return;
        }
    }
}

fn change(change: &Change<'_>, account: &Route, at: &str, parsed: &mut Parsed) {
    let Some(value) = change.value.get() else {
        parsed.rejected.push(rejected(account, at.to_owned(), "the change has no value"));
        return;
    };
    let number = value.metadata.get().and_then(|metadata| metadata.phone_number_id.to_owned());
    let route = number.map_or_else(|| account.clone(), Route::MetaNumber);
    match change.field.filled() {
        // A change that lost the name of its field is read by what it holds.
        Some("messages" | "smb_message_echoes") | None => lists(value, &route, at, parsed),
        field => match account::news(field, value) {
            Ok(event) => parsed.events.push(Routed { route, event }),
            Err(detail) => parsed.rejected.push(rejected(&route, format!("{at}.value"), &detail)),
        },
    }
}

fn lists(value: &Value<'_>, route: &Route, at: &str, parsed: &mut Parsed) {
    let Value { messages, message_echoes, statuses, errors, .. } = value;
    if messages.len() + message_echoes.len() + statuses.len() + errors.len() == 0 {
        let detail = "value holds neither messages nor statuses nor errors";
        parsed.rejected.push(rejected(route, format!("{at}.value"), detail));
    }
    let contacts: Vec<_> = value.contacts.iter().flatten().collect();
    each(messages, route, &format!("{at}.value.messages"), parsed, |piece| {
        message::message(piece, &contacts)
    });
    each(message_echoes, route, &format!("{at}.value.message_echoes"), parsed, message::echo);
    each(statuses, route, &format!("{at}.value.statuses"), parsed, status::status);
    each(errors, route, &format!("{at}.value.errors"), parsed, |error| Ok(signal(error)));
}

/// Reads a list piece by piece; a piece that makes no sense leaves the others alone.
fn each<'a, T: Deserialize<'a>>(
    pieces: &Pieces<'a, T>,
    route: &Route,
    at: &str,
    parsed: &mut Parsed,
    read: impl Fn(&T) -> Result<InboundEvent, String>,
) {
    for (index, piece) in pieces.iter().enumerate() {
        match piece.and_then(|piece| read(&piece)) {
            Ok(event) => parsed.events.push(Routed { route: route.clone(), event }),
            Err(detail) => parsed.rejected.push(rejected(route, format!("{at}[{index}]"), &detail)),
        }
    }
}

fn rejected(route: &Route, at: String, detail: &str) -> Rejected {
    Rejected { route: route.clone(), at, detail: detail.to_owned() }
}

/// An error that names no message: of the number or the account as a whole.
fn signal(error: &WireError<'_>) -> InboundEvent {
    InboundEvent::ChannelSignal(ChannelSignal { code: error.code.0, title: error.title.to_owned() })
}
