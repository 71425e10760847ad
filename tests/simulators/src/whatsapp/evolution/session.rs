//! The sessions of instances: what the faults in force make of them, and how the webhook is told.

use std::sync::Arc;

use super::event::{self, ConnectionUpdate, InstanceClosed};
use super::instance::{Instance, Phone, Session};
use crate::journal::Journal;
use crate::time;
use crate::whatsapp::accounts::Account;
use crate::whatsapp::entry::Entry;
use crate::whatsapp::fault::{ClosedAnswer, FaultKind, Moment};
use crate::whatsapp::ledger::About;
use crate::whatsapp::world::World;

/// Brings every instance's session to what the faults in force say, and tells its webhook of changes.
pub(in crate::whatsapp) fn settle_sessions(world: &World) {
    let rules = world.faults.list();
    for account in world.accounts() {
        let Account::Evolution(instance) = account else { continue };
        let session = rules
            .iter()
            .filter(|rule| rule.fault.kind.moment() == Moment::Session)
            .filter(|rule| rule.fault.instance.as_deref().is_none_or(|name| name == instance.name()))
            .map(|rule| match rule.fault.kind {
                FaultKind::LoggedOut { answer } => Session::LoggedOut(answer),
                _ => Session::Connecting,
            })
            .next_back()
            .unwrap_or(match instance.phone() {
                Phone::Paired => Session::Open,
                Phone::Asked => Session::Connecting,
                Phone::Missing => Session::LoggedOut(ClosedAnswer::ConnectionClosed),
            });
        if instance.enter(session) {
            let (url, journal) = (world.server_url.clone(), world.ledger.journal.clone());
            world.spawn(tell(instance, session, url, journal));
        }
    }
}

/// Tells the webhook; the end of a session comes as three events.
async fn tell(instance: Arc<Instance>, session: Session, server_url: Arc<str>, journal: Arc<Journal<Entry>>) {
    journal.note(Entry::Connection { instance: instance.name().to_owned(), state: session.word().into() });
    let Some(webhook) = instance.webhook() else { return };
    let about = |event| About::account(instance.name(), event);
    let open = session == Session::Open;
    let update = ConnectionUpdate {
        instance: instance.name(),
        wuid: open.then_some(instance.own_jid.as_str()),
        profile_name: open.then_some(instance.name()),
        state: session.word(),
        status_reason: if matches!(session, Session::LoggedOut(_)) { 401 } else { 200 },
    };
    let body = event::body(&instance, &server_url, "connection.update", update);
    webhook.call(about("connection.update"), body).await;
    if !matches!(session, Session::LoggedOut(_)) {
        return;
    }
    let closed = InstanceClosed {
        instance: instance.name(),
        status: "closed",
        disconnection_at: time::now().to_string(),
        disconnection_reason_code: 401,
        disconnection_object: r#"{"error":{"data":null,"isBoom":true,"output":{"statusCode":401}}}"#,
    };
    let body = event::body(&instance, &server_url, "status.instance", closed);
    webhook.call(about("status.instance"), body).await;
    let body = event::body(&instance, &server_url, "logout.instance", ());
    webhook.call(about("logout.instance"), body).await;
}
