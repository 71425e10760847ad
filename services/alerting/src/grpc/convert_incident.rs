//! Between the contract's types and incidents.

use contract::alerting::v1 as api;
use rpc::parse::proto_time;
use serde_json::Value;

use crate::{
    domain::{incident::State, record::Incident},
    store::{actions::ActionRow, posts::Told},
};

pub fn incident(incident: Incident) -> api::Incident {
    let Incident { id, key, said, course, last_seen, known, .. } = incident;
    let (state, recovered_at) = match course.state {
        State::Pending => (api::IncidentState::Pending, None),
        State::Open => (api::IncidentState::Open, None),
        State::Closed => (api::IncidentState::Closed, None),
        State::Recovered { at } => (api::IncidentState::Recovered, Some(proto_time(at))),
    };
    api::Incident {
        id: id.to_string(),
        service: key.service,
        kind: key.kind,
        subject: key.subject,
        name: said.name,
        tenant_id: said.tenant_id,
        state: state.into(),
        severity: said.severity.name().to_owned(),
        cause: said.cause,
        responsible: said.responsible,
        next_step: said.next_step,
        look: said.look,
        count: said.count,
        details: said.details.into_iter().collect(),
        since: Some(proto_time(course.since)),
        opened_at: course.opened_at.map(proto_time),
        last_seen_at: Some(proto_time(last_seen)),
        recovered_at,
        reopened: i32::try_from(course.reopened).unwrap_or(i32::MAX),
        acknowledged_at: known.as_ref().map(|known| proto_time(known.at)),
        note: known.as_ref().map(|known| known.note.clone()).unwrap_or_default(),
        acknowledged_by: known.map(|known| known.by).unwrap_or_default(),
    }
}

pub fn telling(told: Told) -> api::Telling {
    let posts = told.posts.as_array().map(|posts| posts.iter().map(post).collect()).unwrap_or_default();
    api::Telling {
        change: told.change,
        at: Some(proto_time(told.at)),
        severity: told.severity,
        count: told.count,
        posts,
    }
}

fn post(post: &Value) -> api::Post {
    let text = |field: &str| post[field].as_str().unwrap_or_default().to_owned();
    let number = |field: &str| post[field].as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or_default();
    api::Post {
        target: text("target"),
        state: text("state"),
        tries: number("tries"),
        unknown_tries: number("unknowns"),
        answer: text("answer"),
    }
}

pub fn action(row: ActionRow) -> String {
    let by = if row.asked_by.is_empty() { String::new() } else { format!(" by {}", row.asked_by) };
    format!("{} {}{by} ({}): {}", row.at, row.action, row.role, row.detail)
}

/// The stored word for a requested state; `None`: everything somebody was told of.
pub fn wanted_state(state: api::IncidentState) -> Option<&'static str> {
    match state {
        api::IncidentState::Unspecified => None,
        api::IncidentState::Pending => Some("pending"),
        api::IncidentState::Open => Some("open"),
        api::IncidentState::Closed => Some("closed"),
        api::IncidentState::Recovered => Some("recovered"),
    }
}
