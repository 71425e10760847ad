//! Evolution API v2, the bridge to WhatsApp Web: one event per request, five key layouts by version, no body signature.

mod changes;
mod connection;
mod content;
mod credential;
mod jwt;
mod key;
mod kinds;
mod update;
mod upsert;

use addressing::{Jid, WaId};
use serde::Deserialize;
use serde_json::value::RawValue;

pub use credential::{EvolutionSecrets, Presented};

use self::loose::{Pieces, Text};
use super::loose;
use crate::domain::{Claim, Ignored, InboundEvent, Parsed, Rejected, Route, Routed, Unparsable};

/// Longest message id taken. Real ones have 32 characters.
const MAX_ID: usize = 256;

/// The envelope. `date_time` is left out: it is local time marked as UTC.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    event: Text<'a>,
    #[serde(borrow, default)]
    instance: Text<'a>,
    /// The instance's own JID, whatever the name suggests.
    #[serde(borrow, default)]
    sender: Text<'a>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// Reads a webhook of the bridge.
///
/// # Errors
/// If the body is not an envelope at all. A known event whose data makes no sense is a rejected piece instead.
pub fn parse(body: &[u8]) -> Result<Parsed, Unparsable> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| Unparsable::json(&error))?;
    let event = envelope.event.filled().ok_or_else(|| Unparsable::new("there is no event name"))?;
    let claim = envelope.instance.to_owned().map_or(Claim::None, Claim::EvolutionInstance);
    let own = envelope.sender.filled().and_then(|jid| Jid::parse(jid).ok()).and_then(|jid| jid.wa_id());
    let mut parsed = Parsed::empty(claim);
    let data = envelope.data.unwrap_or(RawValue::NULL);
    let take = |event| Routed { route: Route::Addressed, event };
    match Name::of(event) {
        Name::Upsert => each(data, &mut parsed, |data| upsert::upsert(&data, own.as_ref())),
        Name::Sent => each(data, &mut parsed, |data| upsert::sent(&data, own.as_ref())),
        Name::Update => each(data, &mut parsed, |data| update::update(&data)),
        Name::Edited => edited(data, own.as_ref(), &mut parsed),
        Name::Deleted => each(data, &mut parsed, changes::deleted),
        Name::Connection => each(data, &mut parsed, |data| connection::connection(&data)),
        Name::InstanceStatus => each(data, &mut parsed, |data| connection::instance_status(&data)),
        Name::Gone => parsed.events.push(take(connection::gone())),
        Name::QrCode => each(data, &mut parsed, |data| Ok(connection::qrcode(&data))),
        Name::Other => parsed.events.push(take(InboundEvent::Ignored(Ignored::NotSubscribed))),
    }
    Ok(parsed)
}

/// The events that mean something to a front desk.
#[derive(Clone, Copy)]
enum Name {
    Upsert,
    Sent,
    Update,
    Edited,
    Deleted,
    Connection,
    InstanceStatus,
    Gone,
    QrCode,
    Other,
}

impl Name {
    /// Takes the name as it stands in bodies (`messages.upsert`), in URLs (`messages-upsert`) and in subscriptions
    /// (`MESSAGES_UPSERT`).
    fn of(event: &str) -> Self {
        let name: String = event
            .chars()
            .take(40)
            .map(|character| match character {
                '_' | '-' => '.',
                other => other.to_ascii_lowercase(),
            })
            .collect();
        match name.as_str() {
            "messages.upsert" => Self::Upsert,
            "send.message" => Self::Sent,
            "messages.update" => Self::Update,
            "messages.edited" => Self::Edited,
            "messages.delete" => Self::Deleted,
            "connection.update" => Self::Connection,
            "status.instance" => Self::InstanceStatus,
            "logout.instance" | "remove.instance" => Self::Gone,
            "qrcode.updated" => Self::QrCode,
            _ => Self::Other,
        }
    }
}

/// Reads the data of an event, an object or a list of them, piece by piece.
fn each<'a, T: Deserialize<'a>>(
    data: &'a RawValue,
    parsed: &mut Parsed,
    mut read: impl FnMut(T) -> Result<InboundEvent, String>,
) {
    let pieces = Pieces::<'a, T>::read(data);
    if pieces.len() == 0 {
        parsed.rejected.push(rejected(0, "the event has no data".to_owned()));
    }
    for (index, piece) in pieces.iter().enumerate() {
        match piece.and_then(&mut read) {
            Ok(event) => parsed.events.push(Routed { route: Route::Addressed, event }),
            Err(detail) => parsed.rejected.push(rejected(index, detail)),
        }
    }
}

/// `messages.edited` carries the control message; some servers send the message around it.
fn edited(data: &RawValue, own: Option<&WaId>, parsed: &mut Parsed) {
    let whole = serde_json::from_str::<changes::EditedWhole<'_>>(data.get()).ok();
    if whole.is_some_and(|whole| whole.message.get().is_some()) {
        each(data, parsed, |data| upsert::upsert(&data, own));
    } else {
        each(data, parsed, |data| changes::edited(&data, own));
    }
}

fn rejected(index: usize, detail: String) -> Rejected {
    Rejected { route: Route::Addressed, at: format!("data[{index}]"), detail }
}
