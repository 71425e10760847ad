//! What people write, as Evolution tells it.

use std::sync::Arc;

use super::chats::ChatMessage;
use super::event;
use super::instance::Instance;
use super::jid;
use super::media;
use super::message::{self, Content, Key, MessageObject};
use crate::whatsapp::customer::{PhoneMessage, Writer, Written, note};
use crate::whatsapp::ledger::About;
use crate::whatsapp::world::World;

/// Notes the message as written; the webhook is told by `telling`.
pub(in crate::whatsapp) fn write(
    world: &World,
    instance: Arc<Instance>,
    phone: &str,
    writer: Writer,
    wish: PhoneMessage,
) -> Result<Written, String> {
    if wish.tap.is_some() || wish.reply_to.is_some() {
        return Err("instances of Evolution are written to in plain texts only".to_owned());
    }
    let jid = if wish.lid_only {
        format!("{phone}@lid")
    } else {
        jid::chat_of(phone).map_err(|_| format!("`{phone}` is no phone number: write 7 to 15 digits"))?
    };
    let (at_s, copies) = (wish.at_s(), wish.copies());
    let from_me = writer == Writer::Staff;
    let name = if from_me { wish.name.as_deref().unwrap_or("Front desk") } else { wish.name() }.to_owned();
    let id = wish.id.unwrap_or_else(message::phone_id);
    if let Some(file) = &wish.file {
        world.files.keep(&id, file);
    }
    let object = MessageObject {
        key: Key { remote_jid: &jid, from_me, id: &id, addressing_mode: Some("lid") },
        push_name: &name,
        status: Some(if from_me { "SERVER_ACK" } else { "DELIVERY_ACK" }),
        message: Content {
            conversation: wish.file.is_none().then_some(wish.text.as_str()),
            file: wish.file.as_ref().map(|file| media::content(file, &wish.text)),
            message_context_info: message::phone_side_keys(),
        },
        message_type: wish.file.as_ref().map_or("conversation", |file| media::message_type(file.kind)),
        message_timestamp: at_s,
        instance_id: &instance.id,
        source: "ios",
    };
    let body = event::body(&instance, &world.server_url, "messages.upsert", object);
    let number = jid::digits_of(&jid);
    let about = About::message(instance.name(), "messages.upsert", number, &id);
    let seq = note(world, instance.name(), writer, (number, &id, &wish.text));
    instance.chats.add(ChatMessage {
        id: id.clone(),
        jid,
        from_me,
        push_name: name,
        text: wish.text,
        at_s,
        source: "ios",
        updates: Vec::new(),
    });
    let telling = async move {
        let webhook = instance.webhook()?;
        for _ in 1..copies {
            let (webhook, about, body) = (webhook.clone(), about.clone(), body.clone());
            tokio::spawn(async move { webhook.call(about, body).await });
        }
        if copies == 0 {
            return None;
        }
        webhook.call(about, body).await
    };
    Ok(Written { id, seq, telling: Box::pin(telling) })
}
