//! `POST /2010-04-01/Accounts/{sid}/Messages.json`: the one route on which messages leave.

use std::sync::Arc;

use super::customer::message_sid;
use super::error::{self, TwilioError};
use super::follow::{self, Sent};
use super::messages::StoredMessage;
use super::sender::Sender;
use super::wish::{self, Content, Form, Message};
use crate::delay::Delay;
use crate::http::{Reply, Request};
use crate::time;
use crate::whatsapp::accepted::{self, Accepted, Refusal};
use crate::whatsapp::accounts::Provider;
use crate::whatsapp::entry::ReceiptStatus;
use crate::whatsapp::fault::FaultKind;
use crate::whatsapp::world::World;

/// What a message that is not let through for the customer's silence fails with.
const WINDOW_CLOSED: u32 = 63016;
/// What a template with too few values fails with.
const PARAMETERS: u32 = 63028;

/// Answers a send.
pub(super) async fn send(world: &Arc<World>, account: &str, request: &Request) -> Reply {
    let received_us = time::now_us();
    let form = Form::of(request.form());
    let digits = wish::digits_hint(&form);
    let sender = chosen(world, account, request, &form);
    let name = match &sender {
        Ok(sender) => sender.name().to_owned(),
        Err(_) => account.to_owned(),
    };
    let fault = world.answer_fault(Provider::Twilio, &name, &digits);
    let sender = match sender {
        Ok(sender) => sender,
        Err(error) => return accepted::refuse(world, &name, &digits, refused(&error)),
    };
    let Ok(_place) = sender.places.clone().try_acquire_owned() else {
        return accepted::refuse(world, &name, &digits, refused(&TwilioError::of(20429)));
    };
    match check(world, &sender, &form, fault.as_ref()) {
        Ok(message) => {
            world.options.answer.wait().await;
            let service = form.get("MessagingServiceSid").map(str::to_owned);
            Sending { sender, message, service, received_us }.accept(world, fault).await
        }
        Err(refusal) => accepted::refuse(world, &name, &digits, refusal),
    }
}

fn refused(error: &TwilioError) -> Refusal {
    (error.code.to_string().into(), error.reply())
}

/// The sender that is to send, if the caller may use it.
fn chosen(world: &World, account: &str, request: &Request, form: &Form) -> Result<Arc<Sender>, TwilioError> {
    let lets_in = |sender: &Sender| sender.spec.account_sid == account && sender.lets_in(request);
    world.twilio_sender(lets_in).ok_or_else(|| TwilioError::of(20003))?;
    let (from, service) = (form.get("From"), form.get("MessagingServiceSid"));
    if from.is_none() && service.is_none() {
        return Err(TwilioError::of(21603));
    }
    let wanted = |sender: &Sender| {
        lets_in(sender)
            && from.is_none_or(|from| from == sender.spec.from)
            && service.is_none_or(|service| sender.spec.messaging_service_sid.as_deref() == Some(service))
    };
    world.twilio_sender(wanted).ok_or_else(|| TwilioError::of(63007))
}

fn check(world: &World, sender: &Sender, form: &Form, fault: Option<&FaultKind>) -> Result<Message, Refusal> {
    if fault == Some(&FaultKind::Auth {}) {
        return Err(("auth".into(), TwilioError::of(20003).reply()));
    }
    let message = wish::read(form, &world.templates()).map_err(|error| refused(&error))?;
    if let Some(refusal) = fault.and_then(refused_by_fault) {
        return Err(refusal);
    }
    if sender.is_opted_out(&message.digits) {
        return Err(refused(&TwilioError::of(21610)));
    }
    Ok(message)
}

fn refused_by_fault(fault: &FaultKind) -> Option<Refusal> {
    if let Some(unanswered) = accepted::unanswered(fault) {
        return Some(unanswered);
    }
    let reply = match fault {
        FaultKind::RateLimited { retry_after_s } => {
            let reply = TwilioError::of(20429).reply();
            match retry_after_s {
                Some(seconds) => reply.header("retry-after", seconds.to_string()),
                None => reply,
            }
        }
        FaultKind::ErrorBefore { status } => error::server_error(*status),
        FaultKind::Refused { code } => TwilioError::of(*code).reply(),
        _ => return None,
    };
    Some((fault.word().into(), reply))
}

/// A send that passed every check.
struct Sending {
    sender: Arc<Sender>,
    message: Message,
    /// The messaging service it was sent through.
    service: Option<String>,
    received_us: i64,
}

impl Sending {
    async fn accept(self, world: &Arc<World>, fault: Option<FaultKind>) -> Reply {
        accepted::wait_to_accept(fault.as_ref()).await;
        let stored = self.stored();
        let created = Reply::json(201, &stored.shown());
        let reply = accepted::answered(created, fault.as_ref(), error::server_error);
        let template = match &self.message.content {
            Content::Template { sid, .. } => Some(sid.as_str()),
            Content::Free => None,
        };
        let accepted = Accepted {
            instance: self.sender.name(),
            number: &self.message.digits,
            id: &stored.sid,
            text: &self.message.text,
            client_ref: self.message.callback.as_ref().map(|hook| hook.path()),
            template,
            received_us: self.received_us,
        };
        accepted.note(world, &reply, fault.as_ref());
        let sid = stored.sid.clone();
        self.sender.messages.add(stored);
        self.follow_up(world, sid).await;
        reply
    }

    fn stored(&self) -> StoredMessage {
        StoredMessage {
            sid: message_sid(),
            account_sid: self.sender.spec.account_sid.clone(),
            outbound: true,
            from: self.sender.spec.from.clone(),
            to: self.message.to.clone(),
            body: self.message.text.clone(),
            media: self.message.media,
            status: if self.service.is_some() { "accepted" } else { "queued" },
            error_code: None,
            error_message: None,
            at_s: self.received_us / 1_000_000,
            messaging_service_sid: self.service.clone(),
        }
    }

    /// Why the message fails once it is accepted, if it does.
    fn doom(&self, window_closed: bool) -> Option<u32> {
        let now_s = self.received_us / 1_000_000;
        let closed = window_closed || !self.sender.windows.is_open(&self.message.digits, now_s);
        match &self.message.content {
            Content::Free | Content::Template { approved: false, .. } if closed => Some(WINDOW_CLOSED),
            Content::Template { incomplete: true, .. } => Some(PARAMETERS),
            _ => None,
        }
    }

    async fn follow_up(self, world: &Arc<World>, sid: String) {
        let numbers = [self.message.digits.as_str(), self.message.to.as_str()];
        let (mut plan, window_closed) = world.aftermath(Provider::Twilio, self.sender.name(), &numbers);
        if let Some(code) = self.doom(window_closed) {
            plan.fail(Some(code));
        }
        if self.service.is_some() {
            plan.receipts.insert(0, (ReceiptStatus::Queued, Delay::NONE));
        }
        let early = plan.early;
        let departure = self.sender.departures.reserve(self.received_us);
        let sent = Sent {
            sid,
            digits: self.message.digits,
            to: self.message.to,
            callback: self.message.callback,
            messaging_service_sid: self.service,
            structured: matches!(self.message.content, Content::Template { .. }),
        };
        let following = follow::follow(self.sender, world.callbacks.clone(), sent, plan);
        let following = world.spawn(async move {
            // What is too much for the sender waits in Twilio's queue.
            if !departure.is_zero() {
                tokio::time::sleep(departure).await;
            }
            following.await;
        });
        if early {
            // The calls are over before the caller learns the id; what goes wrong with them is not its concern.
            let _ = following.await;
        }
    }
}
