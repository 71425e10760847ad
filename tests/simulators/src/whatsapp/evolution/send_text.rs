//! `POST /message/sendText/{instance}`: the one route on which messages leave.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::chats::ChatMessage;
use super::follow::{self, Sent};
use super::instance::{Instance, Session};
use super::message::{self, MessageObject};
use super::{jid, lookup, refusal};
use crate::http::{Reply, Request};
use crate::time;
use crate::whatsapp::accepted::{self, Accepted, Refusal};
use crate::whatsapp::accounts::Provider;
use crate::whatsapp::fault::{ClosedAnswer, FaultKind};
use crate::whatsapp::world::World;

/// What the caller asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    number: Option<String>,
    text: Option<String>,
    /// Milliseconds to pretend to type; the request stays open meanwhile.
    delay: Option<u64>,
}

/// Answers a send, in the order of checks of the real server.
pub(super) async fn send_text(world: &Arc<World>, name: &str, request: &Request) -> Reply {
    let received_us = time::now_us();
    let wish = request.json::<Wish>();
    let number = wish.as_ref().ok().and_then(|wish| wish.number.clone()).unwrap_or_default();
    let fault = world.answer_fault(Provider::Evolution, name, &number);

    let checked = check(world, name, request, wish, fault.as_ref());
    let (instance, jid, text, delay) = match checked {
        Ok(accepted) => accepted,
        Err(refusal) => return accepted::refuse(world, name, &number, refusal),
    };
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay.min(60_000))).await;
    }
    world.options.answer.wait().await;
    let accepting = Accepting { world, instance, number, jid, text, received_us };
    accepting.under(fault).await
}

fn check(
    world: &World,
    name: &str,
    request: &Request,
    wish: Result<Wish, serde_json::Error>,
    fault: Option<&FaultKind>,
) -> Result<(Arc<Instance>, String, String, u64), Refusal> {
    if let Some(FaultKind::LicenceRequired {}) = fault {
        return Err(("licence_required".into(), refusal::licence_required(&world.server_url, name)));
    }
    let Some(instance) = world.instance(name) else {
        return Err(("unknown instance".into(), refusal::unknown_instance(name)));
    };
    let key_fits = lookup::lets_in(world, &instance, request);
    if !key_fits || fault == Some(&FaultKind::Auth {}) {
        let reason = if key_fits { "auth" } else { "wrong apikey" };
        return Err((reason.into(), refusal::unauthorized()));
    }
    let wish = wish.map_err(|error| ("malformed body".into(), unreadable(request, &error)))?;
    let (number, text) = match (wish.number, wish.text) {
        (Some(number), Some(text)) => (number, text),
        (None, _) => return Err(missing("number")),
        (_, None) => return Err(missing("text")),
    };
    if text.trim().is_empty() {
        return Err(("blank text".into(), refusal::text_required()));
    }
    refused_by_session(instance.session())?;
    let jid = jid::chat_of(&number)
        .map_err(|gone| ("not on whatsapp".into(), refusal::not_on_whatsapp(&gone.jid, &number)))?;
    if let Some(refusal) = fault.and_then(|fault| refused_by_fault(fault, &jid, &number)) {
        return Err(refusal);
    }
    Ok((instance, jid, text, wish.delay.unwrap_or(0)))
}

fn unreadable(request: &Request, error: &serde_json::Error) -> Reply {
    if error.is_data() && request.json::<serde_json::Value>().is_ok() {
        return refusal::schema("instance is not of a type(s) string");
    }
    refusal::not_json("Unexpected token in JSON at position 0")
}

fn missing(property: &str) -> Refusal {
    let problem = format!("instance requires property \"{property}\"");
    ("malformed body".into(), refusal::schema(&problem))
}

fn refused_by_session(session: Session) -> Result<(), Refusal> {
    let reply = match session {
        Session::Open => return Ok(()),
        Session::Connecting | Session::LoggedOut(ClosedAnswer::ConnectionClosed) => {
            refusal::connection_closed()
        }
        Session::LoggedOut(ClosedAnswer::Unauthorized) => refusal::unauthorized(),
        Session::LoggedOut(ClosedAnswer::NotLoaded) => refusal::not_loaded(),
    };
    let reason = if session == Session::Connecting { "reconnecting" } else { "logged_out" };
    Err((reason.into(), reply))
}

fn refused_by_fault(fault: &FaultKind, jid: &str, number: &str) -> Option<Refusal> {
    if let Some(unanswered) = accepted::unanswered(fault) {
        return Some(unanswered);
    }
    let reply = match fault {
        FaultKind::RateLimited { retry_after_s } => refusal::rate_limited(*retry_after_s),
        FaultKind::ErrorBefore { status } => refusal::check_failed(*status),
        FaultKind::ConnectionClosed {} => refusal::connection_closed(),
        FaultKind::NotLoaded {} => refusal::not_loaded(),
        FaultKind::NotOnWhatsapp {} => refusal::not_on_whatsapp(jid, number),
        _ => return None,
    };
    Some((fault.word().into(), reply))
}

/// A send that passed every check.
struct Accepting<'a> {
    world: &'a Arc<World>,
    instance: Arc<Instance>,
    number: String,
    jid: String,
    text: String,
    received_us: i64,
}

impl Accepting<'_> {
    async fn under(self, fault: Option<FaultKind>) -> Reply {
        accepted::wait_to_accept(fault.as_ref()).await;
        let sent = Sent {
            jid: self.jid.clone(),
            id: message::sent_id(),
            text: self.text.clone(),
            at_s: self.received_us / 1_000_000,
        };
        let created = Reply::json(
            201,
            &MessageObject::sent(&sent.jid, &sent.id, &sent.text, sent.at_s, &self.instance.id),
        );
        let reply = match &fault {
            Some(FaultKind::EmptyAnswer {}) => Reply::empty(201),
            fault => accepted::answered(created, fault.as_ref(), refusal::server_error),
        };
        self.note(&sent, &reply, fault.as_ref());
        self.follow_up(sent, fault).await;
        reply
    }

    fn note(&self, sent: &Sent, reply: &Reply, fault: Option<&FaultKind>) {
        self.instance.chats.add(ChatMessage {
            id: sent.id.clone(),
            jid: sent.jid.clone(),
            from_me: true,
            push_name: "Você".to_owned(),
            text: sent.text.clone(),
            at_s: sent.at_s,
            source: "web",
            updates: Vec::new(),
        });
        let accepted = Accepted {
            instance: self.instance.name(),
            number: jid::digits_of(&sent.jid),
            id: &sent.id,
            text: &sent.text,
            client_ref: None,
            template: None,
            received_us: self.received_us,
        };
        accepted.note(self.world, reply, fault);
    }

    async fn follow_up(&self, sent: Sent, fault: Option<FaultKind>) {
        let numbers = [self.number.as_str(), jid::digits_of(&sent.jid)];
        let (mut plan, _) = self.world.aftermath(Provider::Evolution, self.instance.name(), &numbers);
        plan.echo &= fault != Some(FaultKind::EmptyAnswer {});
        let early = plan.early;
        let url = self.world.server_url.clone();
        let following = self.world.spawn(follow::follow(self.instance.clone(), url, sent, plan));
        if early {
            // The calls are over before the caller learns the id; what goes wrong with them is not its concern.
            let _ = following.await;
        }
    }
}
