//! What people write, as Twilio tells it.

use std::sync::Arc;

use rand::Rng;
use serde_json::json;

use super::callbacks::Call;
use super::messages::StoredMessage;
use super::sender::Sender;
use crate::http::Answer;
use crate::time;
use crate::whatsapp::customer::{PhoneMessage, TapOn, Writer, Written, digits, note};
use crate::whatsapp::entry::Entry;
use crate::whatsapp::ledger::{About, Ledger};
use crate::whatsapp::meta::user_id;
use crate::whatsapp::world::World;

/// A fresh id of a message.
pub(super) fn message_sid() -> String {
    format!("SM{:032x}", rand::rng().random::<u128>())
}

/// Notes the message as written; the webhook is told by `telling`.
pub(in crate::whatsapp) fn write(
    world: &World,
    sender: Arc<Sender>,
    phone: &str,
    writer: Writer,
    wish: &PhoneMessage,
) -> Result<Written, String> {
    if writer == Writer::Staff {
        return Err("a number of Twilio is on no phone: staff cannot write from it".to_owned());
    }
    let digits = digits(phone)?;
    let id = wish.id.clone().unwrap_or_else(message_sid);
    sender.windows.wrote(&digits, wish.at_s());
    sender.hears(&digits, &wish.text);
    let seq = note(world, sender.name(), writer, (&digits, &id, &wish.text));
    sender.messages.add(StoredMessage {
        sid: id.clone(),
        account_sid: sender.spec.account_sid.clone(),
        outbound: false,
        from: format!("whatsapp:+{digits}"),
        to: sender.spec.from.clone(),
        body: wish.text.clone(),
        media: wish.file.is_some(),
        status: "received",
        error_code: None,
        error_message: None,
        at_s: wish.at_s(),
        messaging_service_sid: None,
    });
    let call = sender.hook().map(|hook| Call {
        hook,
        token: sender.spec.auth_token.clone(),
        fields: fields(world, &sender, &digits, &id, wish),
        about: About::message(sender.name(), "message", &digits, &id),
    });
    let (copies, callbacks, ledger) = (wish.copies(), world.callbacks.clone(), world.ledger.clone());
    let telling = async move {
        let call = call?;
        for _ in 1..copies {
            let (callbacks, call) = (callbacks.clone(), call.clone());
            ledger.spawn(async move {
                callbacks.call(call).await;
            });
        }
        if copies == 0 {
            return None;
        }
        let answer = callbacks.call(call).await?;
        say_what_was_answered(&ledger, &sender, &digits, &answer);
        Some(answer.status)
    };
    Ok(Written { id, seq, telling: Box::pin(telling) })
}

/// A plain text in the answer is a message to the customer.
fn say_what_was_answered(ledger: &Ledger, sender: &Sender, digits: &str, answer: &Answer) {
    let text = String::from_utf8_lossy(&answer.body);
    if answer.is_success() && answer.content_type.starts_with("text/plain") && !text.trim().is_empty() {
        ledger.journal.note(Entry::Send {
            instance: sender.name().to_owned(),
            number: digits.to_owned(),
            id: message_sid(),
            text: text.into_owned(),
            client_ref: None,
            template: None,
            received_us: time::now_us(),
            status: None,
            fault: Some("the webhook answered in plain text".into()),
        });
    }
}

fn fields(
    world: &World,
    sender: &Sender,
    digits: &str,
    id: &str,
    wish: &PhoneMessage,
) -> Vec<(&'static str, String)> {
    let text = str::to_owned;
    let person = format!("whatsapp:{}", user_id(digits));
    let kind = match &wish.file {
        Some(file) => file.kind.word(),
        None if wish.tap.is_some() => "button",
        None => "text",
    };
    let context =
        json!({"type": "whatsapp", "data": {"context": {"ProfileName": wish.name(), "WaId": digits}}});
    let mut fields = vec![
        ("SmsMessageSid", text(id)),
        ("NumMedia", text(if wish.file.is_some() { "1" } else { "0" })),
        ("ProfileName", text(wish.name())),
        ("MessageType", text(kind)),
        ("SmsSid", text(id)),
        ("SmsStatus", text("received")),
        ("Body", wish.text.clone()),
        ("To", sender.spec.from.clone()),
        ("NumSegments", text("1")),
        ("ReferralNumMedia", text("0")),
        ("MessageSid", text(id)),
        ("AccountSid", sender.spec.account_sid.clone()),
        ("ApiVersion", text("2010-04-01")),
        ("ExternalUserId", person.clone()),
    ];
    if wish.lid_only {
        fields.push(("From", person));
    } else {
        fields.push(("From", format!("whatsapp:+{digits}")));
        fields.push(("WaId", text(digits)));
        fields.push(("ChannelMetadata", context.to_string()));
    }
    if let Some(service) = &sender.spec.messaging_service_sid {
        fields.push(("MessagingServiceSid", service.clone()));
    }
    if let Some(quoted) = &wish.reply_to {
        fields.push(("OriginalRepliedMessageSid", quoted.clone()));
        fields.push(("OriginalRepliedMessageSender", sender.spec.from.clone()));
    }
    if let Some(file) = &wish.file {
        let media = format!("ME{:032x}", rand::rng().random::<u128>());
        world.files.keep(&media, file);
        let account = &sender.spec.account_sid;
        let url = format!("{}/2010-04-01/Accounts/{account}/Messages/{id}/Media/{media}", world.server_url);
        fields.push(("MediaUrl0", url));
        // Twilio names the type without its parameters.
        let mime_type = file.mime_type.split(';').next().unwrap_or_default();
        fields.push(("MediaContentType0", text(mime_type)));
    }
    match &wish.tap {
        Some(tap) if tap.on == TapOn::List => {
            fields.push(("ListId", tap.id.clone()));
            fields.push(("ListTitle", wish.text.clone()));
        }
        Some(tap) => {
            fields.push(("ButtonText", wish.text.clone()));
            fields.push(("ButtonPayload", tap.id.clone()));
        }
        None => {}
    }
    fields
}
