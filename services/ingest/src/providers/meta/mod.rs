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

use self::wire::{Body, Change, Value, WireError};
use crate::domain::Claim;
use crate::domain::{ChannelSignal, InboundEvent, Parsed, Rejected, Route, Routed, Unparsable, describe};

/// Longest id taken. Real ones reach 128 characters and more.
const MAX_ID: usize = 512;

/// Reads a webhook: every entry, change, message and status of it.
///
/// # Errors
/// If the body is not an envelope at all. A piece of a known envelope that makes no sense is rejected alone.
pub fn parse(body: &[u8]) -> Result<Parsed, Unparsable> {
    let body: Body<'_> = serde_json::from_slice(body).map_err(|error| Unparsable::json(&error))?;
    if body.object.get() != Some("whatsapp_business_account") {
        return Err(Unparsable::new("object is not whatsapp_business_account"));
    }
    let mut parsed = Parsed::empty(Claim::None);
    for (index, entry) in body.entry.0.into_iter().enumerate() {
        let at = format!("entry[{index}]");
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                parsed.rejected.push(Rejected { route: Route::Addressed, at, detail: describe(&error) });
                continue;
            }
        };
        let account = Route::MetaAccount(entry.id.get().unwrap_or_default().to_owned());
        if entry.changes.0.is_empty() {
            parsed.rejected.push(Rejected {
                route: account.clone(),
                at: at.clone(),
                detail: "no changes".into(),
            });
        }
        for (index, piece) in entry.changes.0.into_iter().enumerate() {
            let at = format!("{at}.changes[{index}]");
            match piece {
                Ok(piece) => change(&piece, &account, &at, &mut parsed),
                Err(error) => {
                    let route = account.clone();
                    parsed.rejected.push(Rejected { route, at, detail: describe(&error) });
                }
            }
        }
    }
    Ok(parsed)
}

fn change(change: &Change<'_>, account: &Route, at: &str, parsed: &mut Parsed) {
    let Some(value) = change.value.get() else {
        let detail = "the change has no value".to_owned();
        parsed.rejected.push(Rejected { route: account.clone(), at: at.to_owned(), detail });
        return;
    };
    let number = value.metadata.get().and_then(|metadata| metadata.phone_number_id.to_owned());
    let route = number.map_or_else(|| account.clone(), Route::MetaNumber);
    match change.field.get() {
        Some("messages") => messages(value, &route, at, parsed),
        Some("smb_message_echoes") => {
            each(
                &value.message_echoes.0,
                &route,
                &format!("{at}.value.message_echoes"),
                parsed,
                message::echo,
            );
        }
        field => match account::news(field, value) {
            Ok(event) => parsed.events.push(Routed { route, event }),
            Err(detail) => parsed.rejected.push(Rejected { route, at: format!("{at}.value"), detail }),
        },
    }
}

fn messages(value: &Value<'_>, route: &Route, at: &str, parsed: &mut Parsed) {
    let pieces = [value.messages.0.len(), value.statuses.0.len(), value.errors.0.len()];
    if pieces == [0, 0, 0] {
        let detail = "value holds neither messages nor statuses nor errors".to_owned();
        parsed.rejected.push(Rejected { route: route.clone(), at: format!("{at}.value"), detail });
    }
    let contacts: Vec<_> = value.contacts.0.iter().flatten().collect();
    each(&value.messages.0, route, &format!("{at}.value.messages"), parsed, |piece| {
        message::message(piece, &contacts)
    });
    each(&value.statuses.0, route, &format!("{at}.value.statuses"), parsed, status::status);
    each(&value.errors.0, route, &format!("{at}.value.errors"), parsed, |error| Ok(signal(error)));
}

/// Reads a list piece by piece; a piece that makes no sense leaves the others alone.
fn each<T>(
    pieces: &[Result<T, serde_json::Error>],
    route: &Route,
    at: &str,
    parsed: &mut Parsed,
    read: impl Fn(&T) -> Result<InboundEvent, String>,
) {
    for (index, piece) in pieces.iter().enumerate() {
        match piece.as_ref().map_err(describe).and_then(&read) {
            Ok(event) => parsed.events.push(Routed { route: route.clone(), event }),
            Err(detail) => {
                let at = format!("{at}[{index}]");
                parsed.rejected.push(Rejected { route: route.clone(), at, detail });
            }
        }
    }
}

/// An error that names no message: of the number or the account as a whole.
fn signal(error: &WireError<'_>) -> InboundEvent {
    InboundEvent::ChannelSignal(ChannelSignal { code: error.code.0, title: error.title.to_owned() })
}
