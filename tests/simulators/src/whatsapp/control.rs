//! `/sim/…`: what tests and people do to the simulated WhatsApp.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::accounts::{Account, AccountSpec};
use super::customer::{self, PhoneMessage, Writer};
use super::entry::Entry;
use super::evolution;
use super::fault::Fault;
use super::meta;
use super::templates::TemplateSpec;
use super::world::World;
use crate::control::{self, JournalQuery};
use crate::http::{Method, Reply, Request};

/// Answers a request whose path begins with `/sim`; `rest` is what follows.
pub(super) async fn answer(world: &Arc<World>, rest: &[&str], request: &Request) -> Reply {
    match (request.method(), rest) {
        (Method::Post, ["customers", phone, "messages"]) => write(world, phone, Writer::Customer, request),
        (Method::Post, ["staff", phone, "messages"]) => write(world, phone, Writer::Staff, request),
        (Method::Get, ["journal"]) => journal(world, request).await,
        (Method::Get, ["counts"]) => Reply::json(200, &world.ledger.counts.totals()),
        (Method::Get, ["faults"]) => Reply::json(200, &world.faults.list()),
        (Method::Post, ["faults"]) => add_fault(world, request),
        (Method::Delete, ["faults"]) => {
            world.forgive(None);
            Reply::empty(204)
        }
        (Method::Delete, ["faults", id]) => match id.parse().map(|id| world.forgive(Some(id))) {
            Ok(true) => Reply::empty(204),
            _ => control::refuse(404, "no fault of that id; GET /sim/faults lists them"),
        },
        (Method::Get, ["instances"]) => instances(world),
        (Method::Post, ["instances"]) => add_account(world, request),
        (Method::Post, ["instances", name, "handshake"]) => handshake(world, name).await,
        (Method::Post, ["instances", name, "scan"]) => match evolution::scan(world, name) {
            true => Reply::empty(204),
            false => control::refuse(
                409,
                "no instance of that name shows a code; GET /instance/connect/… makes it",
            ),
        },
        (Method::Get, ["templates"]) => Reply::json(200, &world.templates()),
        (Method::Post, ["templates"]) => match request.json::<TemplateSpec>() {
            Ok(template) => {
                world.put_template(template);
                Reply::empty(204)
            }
            Err(error) => control::refuse(400, &error.to_string()),
        },
        _ => control::refuse(404, "no such control; whatsapp-sim --help lists them"),
    }
}

fn write(world: &Arc<World>, phone: &str, writer: Writer, request: &Request) -> Reply {
    let wish = match request.json::<PhoneMessage>() {
        Ok(wish) => wish,
        Err(error) => return control::refuse(400, &error.to_string()),
    };
    match customer::write(world, phone, writer, wish) {
        Ok(written) => {
            let (id, seq) = (written.id.clone(), written.seq);
            world.spawn(async move {
                written.telling.await;
            });
            Reply::json(201, &json!({"id": id, "seq": seq}))
        }
        Err(problem) => control::refuse(400, &problem),
    }
}

async fn journal(world: &World, request: &Request) -> Reply {
    let query = match JournalQuery::of(request) {
        Ok(query) => query,
        Err(problem) => return control::refuse(400, &problem),
    };
    let number = request.query("number");
    let wanted = |entry: &Entry| {
        query.wants(entry.word()) && number.as_deref().is_none_or(|number| number == entry.number())
    };
    let patience = Duration::from_millis(query.wait_ms);
    let found = world.ledger.journal.wait_since(query.since, query.limit, patience, wanted).await;
    query.reply(&found, world.ledger.journal.oldest_seq())
}

fn add_fault(world: &World, request: &Request) -> Reply {
    let added = Fault::read(request.body()).and_then(|(fault, trigger)| {
        world.check_fault(&fault)?;
        Ok(world.fault(fault, trigger))
    });
    match added {
        Ok(id) => Reply::json(201, &json!({"id": id})),
        Err(problem) => control::refuse(400, &problem),
    }
}

fn instances(world: &World) -> Reply {
    let list: Vec<Value> = world.accounts().iter().map(Account::shown).collect();
    Reply::json(200, &list)
}

fn add_account(world: &World, request: &Request) -> Reply {
    match AccountSpec::read(request.body()).and_then(|spec| world.add_account(spec)) {
        Ok(()) => Reply::empty(204),
        Err(problem) => control::refuse(400, &problem),
    }
}

async fn handshake(world: &World, name: &str) -> Reply {
    match meta::handshake(world, name).await {
        Ok(done) => Reply::json(200, &done),
        Err(problem) => control::refuse(404, &problem),
    }
}
