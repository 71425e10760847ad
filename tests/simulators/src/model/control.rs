//! `/sim/…`: what tests and people do to the simulated model.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::fault::ModelFault;
use super::saboteur::{Harm, Saboteur};
use super::{Brain, Clerk, Mind};
use crate::control::{self, JournalQuery};
use crate::http::{Method, Reply, Request};
use crate::lock::lock;

/// Which brain, as the control API and the command line name it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    brain: String,
    harm: Option<String>,
    #[serde(default)]
    seed: u64,
}

/// Answers a request whose path begins with `/sim`; `rest` is what follows.
pub(super) async fn answer(mind: &Mind, rest: &[&str], request: &Request) -> Reply {
    match (request.method(), rest) {
        (Method::Get, ["journal"]) => match JournalQuery::of(request) {
            Ok(query) => journal(mind, &query).await,
            Err(problem) => control::refuse(400, &problem),
        },
        (Method::Get, ["counts"]) => Reply::json(200, &json!({"exchanges": mind.journal.last_seq()})),
        (Method::Get, ["faults"]) => Reply::json(200, &mind.faults.list()),
        (Method::Post, ["faults"]) => match ModelFault::read(request.body()) {
            Ok((fault, trigger)) => Reply::json(201, &json!({"id": mind.faults.add(fault, trigger)})),
            Err(problem) => control::refuse(400, &problem),
        },
        (Method::Delete, ["faults"]) => {
            mind.faults.clear();
            Reply::empty(204)
        }
        (Method::Delete, ["faults", id]) => match id.parse().map(|id| mind.faults.remove(id)) {
            Ok(true) => Reply::empty(204),
            _ => control::refuse(404, "no fault of that id; GET /sim/faults lists them"),
        },
        (Method::Post, ["brain"]) => match think_with(mind, request) {
            Ok(()) => Reply::empty(204),
            Err(problem) => control::refuse(400, &problem),
        },
        _ => control::refuse(404, "no such control; model-sim --help lists them"),
    }
}

async fn journal(mind: &Mind, query: &JournalQuery) -> Reply {
    let patience = Duration::from_millis(query.wait_ms);
    let found = mind.journal.wait_since(query.since, query.limit, patience, |_| true).await;
    query.reply(&found, mind.journal.oldest_seq())
}

fn think_with(mind: &Mind, request: &Request) -> Result<(), String> {
    let wish: Wish = request.json().map_err(|error| error.to_string())?;
    let harm = wish.harm.as_deref().map(str::parse).transpose()?;
    *lock(&mind.brain) = brain(&wish.brain, harm, wish.seed)?;
    Ok(())
}

/// The brain of that name.
///
/// # Errors
/// When there is none.
pub(super) fn brain(name: &str, harm: Option<Harm>, seed: u64) -> Result<Arc<dyn Brain>, String> {
    match (name, harm) {
        ("clerk", None) => Ok(Arc::new(Clerk)),
        ("clerk", Some(_)) => Err("the clerk does no harm; say brain `saboteur`".to_owned()),
        ("saboteur", Some(harm)) => Ok(Arc::new(Saboteur::only(harm))),
        ("saboteur", None) => Ok(Arc::new(Saboteur::new(seed))),
        _ => Err(format!("`{name}` is no brain; there are clerk and saboteur (scripts exist in tests only)")),
    }
}
