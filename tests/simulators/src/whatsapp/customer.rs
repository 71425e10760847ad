//! People writing on their phones: customers to the business, and its own staff.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::chats::ChatMessage;
use super::counts::Counts;
use super::entry::Entry;
use super::event;
use super::instance::Instance;
use super::jid;
use super::message::{self, Content, Key, MessageObject};
use super::webhook::About;
use super::world::World;
use crate::time;

/// Somebody writes in a chat with the business.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhoneMessage {
    /// The instance whose chat it is; may be left out when there is only one.
    pub instance: Option<String>,
    /// The words.
    pub text: String,
    /// The writer's own name.
    pub name: Option<String>,
    /// The provider's message id; a fresh one without it. Given again, it is a redelivery.
    pub id: Option<String>,
    /// How often the webhook is told; 1 unless said otherwise.
    pub copies: Option<u32>,
    /// The chat is known by its LID only, no phone number is shown.
    pub lid_only: bool,
    /// When it was written, in unix seconds; now unless said otherwise.
    pub at_s: Option<i64>,
}

impl PhoneMessage {
    /// A plain text now.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// Who holds the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Customer,
    Staff,
}

/// A message that is on its way to the webhook.
pub(super) struct Written {
    pub id: String,
    /// The number of its entry in the journal.
    pub seq: u64,
    instance: Arc<Instance>,
    about: About,
    body: Bytes,
    copies: u32,
}

/// Notes the message as written; the webhook is told by [`Written::tell`].
pub(super) fn write(
    world: &World,
    phone: &str,
    writer: Writer,
    wish: PhoneMessage,
) -> Result<Written, String> {
    let instance = world.named_or_only(wish.instance.as_deref())?;
    if wish.text.is_empty() {
        return Err("`text` is missing or empty".to_owned());
    }
    let jid = if wish.lid_only {
        format!("{phone}@lid")
    } else {
        jid::chat_of(phone).map_err(|_| format!("`{phone}` is no phone number: write 7 to 15 digits"))?
    };
    let id = wish.id.unwrap_or_else(message::phone_id);
    let at_s = wish.at_s.unwrap_or_else(|| time::now().as_second());
    let from_me = writer == Writer::Staff;
    let name = wish.name.unwrap_or_else(|| if from_me { "Front desk" } else { "Maya Lindqvist" }.to_owned());
    let object = MessageObject {
        key: Key { remote_jid: &jid, from_me, id: &id, addressing_mode: Some("lid") },
        push_name: &name,
        status: Some(if from_me { "SERVER_ACK" } else { "DELIVERY_ACK" }),
        message: Content { conversation: &wish.text, message_context_info: message::phone_side_keys() },
        message_type: "conversation",
        message_timestamp: at_s,
        instance_id: &instance.id,
        source: "ios",
    };
    let body = event::body(&instance, &world.server_url, "messages.upsert", object);
    let about = About { event: "messages.upsert", jid: jid.clone(), id: id.clone(), receipt: None };
    let seq = note(world, &instance, &about, writer, &wish.text);
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
    Ok(Written { id, seq, instance, about, body, copies: wish.copies.unwrap_or(1) })
}

fn note(world: &World, instance: &Instance, about: &About, writer: Writer, text: &str) -> u64 {
    if writer == Writer::Customer {
        Counts::add(&world.counts.customer_messages);
    }
    let (instance, id, text) = (instance.name().to_owned(), about.id.clone(), text.to_owned());
    let number = jid::digits_of(&about.jid).to_owned();
    world.journal.note(match writer {
        Writer::Customer => Entry::Customer { instance, number, id, text },
        Writer::Staff => Entry::Staff { instance, number, id, text },
    })
}

impl Written {
    /// Calls the webhook, all copies at once; the status of the first one's first attempt.
    pub async fn tell(self) -> Option<u16> {
        let webhook = self.instance.webhook.as_ref()?;
        for _ in 1..self.copies {
            let (webhook, about, body) = (webhook.clone(), self.about.clone(), self.body.clone());
            tokio::spawn(async move { webhook.call(about, body).await });
        }
        if self.copies == 0 {
            return None;
        }
        webhook.call(self.about, self.body).await
    }
}
