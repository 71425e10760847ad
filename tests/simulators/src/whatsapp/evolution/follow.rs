//! What Evolution tells after an accepted send.

use std::sync::Arc;

use super::event::{self, Update};
use super::instance::Instance;
use super::jid;
use super::message::{self, MessageObject};
use crate::whatsapp::ledger::About;
use crate::whatsapp::receipts::Aftermath;

/// An accepted send.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub jid: String,
    pub id: String,
    pub text: String,
    pub at_s: i64,
}

/// Calls the webhook with the echo and the receipts, one after the other; an attempt that fails does not hold
/// up the next event.
pub(super) async fn follow(instance: Arc<Instance>, server_url: Arc<str>, sent: Sent, plan: Aftermath) {
    let about = |event| About::message(instance.name(), event, jid::digits_of(&sent.jid), &sent.id);
    if let (true, Some(webhook)) = (plan.echo, instance.webhook()) {
        let data = MessageObject::sent(&sent.jid, &sent.id, &sent.text, sent.at_s, &instance.id);
        let body = event::body(&instance, &server_url, "send.message", data);
        webhook.call(about("send.message"), body).await;
    }
    for (status, delay) in plan.receipts {
        delay.wait().await;
        instance.chats.update(&sent.id, status);
        let Some(webhook) = instance.webhook() else { continue };
        let data = Update {
            message_id: message::database_id(),
            key_id: &sent.id,
            remote_jid: &sent.jid,
            from_me: true,
            status: event::status(status),
            instance_id: &instance.id,
        };
        let body = event::body(&instance, &server_url, "messages.update", data);
        webhook.call(About { receipt: Some(status), ..about("messages.update") }, body).await;
    }
}
