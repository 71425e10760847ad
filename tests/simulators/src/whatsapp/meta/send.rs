//! `POST /{phone_number_id}/messages`: the one route on which messages leave.

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::{self, GraphError};
use super::follow::{self, Sent};
use super::number::Number;
use super::wish::{self, Content, Message, Wish};
use super::{template, wamid};
use crate::http::{Reply, Request};
use crate::time;
use crate::whatsapp::accepted::{self, Accepted, Refusal};
use crate::whatsapp::accounts::Provider;
use crate::whatsapp::fault::FaultKind;
use crate::whatsapp::world::World;

/// What a message that is not let through for the customer's silence fails with.
const WINDOW_CLOSED: u32 = 131047;

/// Answers a send, or the mark that a message was read.
pub(super) async fn send(world: &Arc<World>, id: &str, request: &Request) -> Reply {
    let received_us = time::now_us();
    let wish = wish::read(request.body());
    if let Ok(Wish::MarkRead) = wish {
        return match authorised(world, id, request) {
            Ok(_) => Reply::json(200, &json!({"success": true})),
            Err(error) => error.reply(),
        };
    }
    let number_hint = match &wish {
        Ok(Wish::Send(message)) => message.digits.clone(),
        _ => String::new(),
    };
    let fault = world.answer_fault(Provider::Meta, id, &number_hint);
    match check(world, id, request, wish, fault.as_ref(), received_us) {
        Ok(sending) => {
            world.options.answer.wait().await;
            sending.accept(world, fault).await
        }
        Err(refusal) => accepted::refuse(world, id, &number_hint, refusal),
    }
}

fn authorised(world: &World, id: &str, request: &Request) -> Result<Arc<Number>, GraphError> {
    let number =
        world.meta_number(|number| number.name() == id).ok_or_else(|| GraphError::no_such_object(id))?;
    if request.bearer() == Some(number.spec.access_token.as_str()) {
        Ok(number)
    } else {
        Err(GraphError::of(190))
    }
}

fn refused(error: &GraphError) -> Refusal {
    (error.code.to_string().into(), error.reply())
}

/// A send that passed every check.
struct Sending {
    number: Arc<Number>,
    message: Message,
    text: String,
    /// `service`, or the category of the template.
    category: String,
    received_us: i64,
}

fn check(
    world: &World,
    id: &str,
    request: &Request,
    wish: Result<Wish, GraphError>,
    fault: Option<&FaultKind>,
    now_us: i64,
) -> Result<Sending, Refusal> {
    let number = authorised(world, id, request).map_err(|error| refused(&error))?;
    if fault == Some(&FaultKind::Auth {}) {
        return Err(("auth".into(), GraphError::of(190).reply()));
    }
    let message = match wish.map_err(|error| refused(&error))? {
        Wish::Send(message) => message,
        Wish::MarkRead => return Err(refused(&GraphError::of(100))),
    };
    if message.digits == number.spec.own_number {
        return Err(refused(&GraphError::of(131021)));
    }
    let (text, category) = match &message.content {
        Content::Free(text) => (text.clone(), "service".to_owned()),
        Content::Template(wish) => {
            template::filled(wish, &world.templates()).map_err(|error| refused(&error))?
        }
    };
    if let Some(refusal) = fault.and_then(refused_by_fault) {
        return Err(refusal);
    }
    within_limits(&number, &message.digits, now_us).map_err(|error| refused(&error))?;
    Ok(Sending { number, message, text, category, received_us: now_us })
}

fn refused_by_fault(fault: &FaultKind) -> Option<Refusal> {
    if let Some(unanswered) = accepted::unanswered(fault) {
        return Some(unanswered);
    }
    let reply = match fault {
        FaultKind::RateLimited { retry_after_s } => {
            let reply = too_fast().reply();
            match retry_after_s {
                Some(seconds) => reply.header("retry-after", seconds.to_string()),
                None => reply,
            }
        }
        FaultKind::ErrorBefore { status } => error::server_error(*status),
        FaultKind::Refused { code } => GraphError::of(*code).reply(),
        _ => return None,
    };
    Some((fault.word().into(), reply))
}

fn too_fast() -> GraphError {
    GraphError::of(130429).because("Cloud API message throughput has been reached.")
}

fn within_limits(number: &Number, digits: &str, now_us: i64) -> Result<(), GraphError> {
    if !number.throughput.take(now_us) {
        return Err(too_fast());
    }
    if !number.pairs.take(digits, now_us) {
        return Err(GraphError::of(131056).because(
            "Message failed to send because there were too many messages sent from this phone number to the same \
             phone number in a short period of time.",
        ));
    }
    Ok(())
}

impl Sending {
    async fn accept(self, world: &Arc<World>, fault: Option<FaultKind>) -> Reply {
        accepted::wait_to_accept(fault.as_ref()).await;
        let id = wamid::outbound(&self.message.digits);
        let reply = accepted::answered(self.created(&id), fault.as_ref(), error::server_error);
        let template = match &self.message.content {
            Content::Template(wish) => Some(wish.name.as_str()),
            Content::Free(_) => None,
        };
        let accepted = Accepted {
            instance: self.number.name(),
            number: &self.message.digits,
            id: &id,
            text: &self.text,
            client_ref: self.message.client_ref.as_deref(),
            template,
            received_us: self.received_us,
        };
        accepted.note(world, &reply, fault.as_ref());
        self.follow_up(world, id).await;
        reply
    }

    fn created(&self, id: &str) -> Reply {
        let contact = if self.message.by_user_id {
            json!({"input": self.message.input, "user_id": self.message.input})
        } else {
            json!({"input": self.message.input, "wa_id": self.message.digits})
        };
        let mut message: Value = json!({"id": id});
        if matches!(self.message.content, Content::Template(_)) {
            message["message_status"] = json!("accepted");
        }
        Reply::json(
            200,
            &json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}),
        )
    }

    async fn follow_up(self, world: &Arc<World>, id: String) {
        let digits = &self.message.digits;
        let (mut plan, closed) =
            world.aftermath(Provider::Meta, self.number.name(), &[digits, &self.message.input]);
        let is_free = matches!(self.message.content, Content::Free(_));
        let now_s = self.received_us / 1_000_000;
        if is_free && (closed || !self.number.windows.is_open(digits, now_s)) {
            plan.fail(Some(WINDOW_CLOSED));
        }
        let early = plan.early;
        let sent = Sent {
            digits: self.message.digits,
            by_user_id: self.message.by_user_id,
            id,
            client_ref: self.message.client_ref,
            category: self.category,
        };
        let following = world.spawn(follow::follow(self.number, sent, plan));
        if early {
            // The calls are over before the caller learns the id; what goes wrong with them is not its concern.
            let _ = following.await;
        }
    }
}
