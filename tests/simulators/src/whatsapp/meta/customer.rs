//! What people write, as Meta tells it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::envelope::{Kind, Piece};
use super::number::Number;
use super::{media, person, wamid};
use crate::time;
use crate::whatsapp::customer::{PhoneMessage, TapOn, Writer, Written, digits, note};
use crate::whatsapp::ledger::About;
use crate::whatsapp::world::World;

/// Notes the message as written; the webhook is told by `telling`.
pub(in crate::whatsapp) fn write(
    world: &World,
    number: Arc<Number>,
    phone: &str,
    writer: Writer,
    wish: &PhoneMessage,
) -> Result<Written, String> {
    let digits = digits(phone)?;
    let id = wish.id.clone().unwrap_or_else(|| wamid::inbound(&digits));
    let piece = match writer {
        Writer::Customer => {
            number.windows.wrote(&digits, wish.at_s());
            // What comes in counts towards the number's throughput, too; it is let in all the same.
            number.throughput.take(time::now_us());
            let contact = contact(&digits, wish);
            Piece::of(&number.spec, Kind::Message, Some(contact), message(world, &number, &digits, &id, wish))
        }
        Writer::Staff => Piece::of(&number.spec, Kind::Echo, None, echo(&number, &digits, &id, wish)),
    };
    let about = About::message(number.name(), piece.kind.event(), &digits, &id);
    let seq = note(world, number.name(), writer, (&digits, &id, &wish.text));
    let copies = wish.copies();
    let telling = async move {
        let app = number.app()?;
        let mut first = None;
        for copy in 0..copies {
            let told = app.tell(piece.clone(), about.clone());
            if copy == 0 {
                first = Some(told);
            } else {
                drop(told);
            }
        }
        first?.await
    };
    Ok(Written { id, seq, telling: Box::pin(telling) })
}

fn contact(digits: &str, wish: &PhoneMessage) -> Value {
    let mut contact = json!({"profile": {"name": wish.name()}});
    if !wish.lid_only {
        contact["wa_id"] = json!(digits);
    }
    contact["user_id"] = json!(person::user_id(digits));
    contact
}

fn message(world: &World, number: &Number, digits: &str, id: &str, wish: &PhoneMessage) -> Value {
    let mut message = json!({});
    if let Some(quoted) = &wish.reply_to {
        message["context"] = json!({"from": number.spec.own_number, "id": quoted});
    }
    if !wish.lid_only {
        message["from"] = json!(digits);
    }
    message["from_user_id"] = json!(person::user_id(digits));
    message["id"] = json!(id);
    message["timestamp"] = json!(wish.at_s().to_string());
    let (kind, content) = match &wish.file {
        Some(file) => media::content(world, file, wish),
        None => content(wish),
    };
    message["type"] = json!(kind);
    message[kind] = content;
    message
}

fn content(wish: &PhoneMessage) -> (&'static str, Value) {
    let Some(tap) = &wish.tap else { return ("text", json!({"body": wish.text})) };
    let chosen = json!({"id": tap.id, "title": wish.text});
    match tap.on {
        TapOn::Button => ("interactive", json!({"type": "button_reply", "button_reply": chosen})),
        TapOn::List => ("interactive", json!({"type": "list_reply", "list_reply": chosen})),
        TapOn::Template => ("button", json!({"payload": tap.id, "text": wish.text})),
    }
}

/// Typed in the Business app: from the business to the customer.
fn echo(number: &Number, digits: &str, id: &str, wish: &PhoneMessage) -> Value {
    json!({
        "from": number.spec.own_number,
        "to": digits,
        "to_user_id": person::user_id(digits),
        "id": id,
        "timestamp": wish.at_s().to_string(),
        "type": "text",
        "text": {"body": wish.text},
    })
}
