//! One look: what was answered becomes incidents, and changes to be told, in one transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ids::{IncidentId, InstanceId};
use jiff::{SignedDuration, Timestamp};
use metrics::counter;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use tracing::{info, warn};

use crate::{
    clients::Answer,
    domain::{
        incident::{self, Change, Course, Rules},
        record::Incident,
        trouble::{Key, Trouble},
    },
    store::{incidents, lease},
};

/// What was over for this much longer than it could be reopened is looked at too: it may be being seen again already.
const LONGER: Duration = Duration::from_secs(3600);
/// When it was last seen is written this often while nothing else changes.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Writes down what was answered at `now`. `false`: another process looks by now, and nothing was written.
///
/// # Errors
/// Whatever the database says; then nothing was written, and the next look says the same.
pub async fn write_down(
    pool: &PgPool,
    me: InstanceId,
    answers: &[Answer],
    rules: &Rules,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let mut changes = pool.begin().await?;
    if !lease::fence(&mut changes, me).await? {
        return Ok(false);
    }
    let known = incidents::current(&mut changes, rules.reopen_within + LONGER, now).await?;
    let mut told = Vec::new();
    for (key, known, trouble) in looks(answers, known) {
        told.extend(look(&mut changes, key, known, trouble, rules, now).await?);
    }
    let result: BTreeMap<_, _> = answers
        .iter()
        .map(|answer| {
            let said = match &answer.troubles {
                Ok(troubles) => json!({ "troubles": troubles.len() }),
                Err(why) => json!({ "silent": why }),
            };
            (answer.service, said)
        })
        .collect();
    lease::done(&mut changes, &json!(result)).await?;
    changes.commit().await?;
    for (incident, change) in told {
        say(&incident, change);
    }
    Ok(true)
}

/// What is to be looked at: everything that was told, and what those who answered no longer tell. What belongs to an owner
/// that did not answer is left as it is.
fn looks(
    answers: &[Answer],
    mut known: BTreeMap<Key, Incident>,
) -> Vec<(Key, Option<Incident>, Option<&Trouble>)> {
    let mut looks = Vec::new();
    let mut answered = BTreeSet::new();
    for answer in answers {
        let Ok(troubles) = &answer.troubles else { continue };
        answered.insert(answer.service);
        // Of one kind there is one trouble per subject; what is told twice counts once.
        let by_key: BTreeMap<_, _> = troubles.iter().map(|trouble| (&trouble.key, trouble)).collect();
        for (key, trouble) in by_key {
            looks.push((key.clone(), known.remove(key), Some(trouble)));
        }
    }
    let gone = known.into_iter().filter(|(key, _)| answered.contains(key.service.as_str()));
    looks.extend(gone.map(|(key, incident)| (key, Some(incident), None)));
    looks
}

async fn look(
    connection: &mut PgConnection,
    key: Key,
    known: Option<Incident>,
    trouble: Option<&Trouble>,
    rules: &Rules,
    now: Timestamp,
) -> Result<Option<(Incident, Change)>, sqlx::Error> {
    let sight = trouble.map(Trouble::sight);
    let before = known.as_ref().map(|incident| incident.course);
    let (after, change) = incident::step(before, sight.as_ref(), rules, now);
    let Some(course) = after else {
        if let Some(incident) = known {
            incidents::drop_pending(connection, incident.id).await?;
        }
        return Ok(None);
    };
    let known = known.filter(|incident| trouble.is_none() || !incident.course.is_long_over(rules, now));
    let Some(mut incident) = now_as(key, known.clone(), trouble, course, now) else { return Ok(None) };
    if change.is_some() {
        incident.told += 1;
    }
    if known.is_none_or(|known| is_news(&known, &incident)) {
        incidents::put(connection, &incident).await?;
    }
    let Some(change) = change else { return Ok(None) };
    incidents::note_change(connection, &incident, change, now).await?;
    Ok(Some((incident, change)))
}

/// The incident after this look. `None`: it is neither known nor told, which `step` does not answer with a course.
fn now_as(
    key: Key,
    known: Option<Incident>,
    trouble: Option<&Trouble>,
    course: Course,
    now: Timestamp,
) -> Option<Incident> {
    let incident = match (known, trouble) {
        (Some(known), Some(trouble)) => {
            Incident { said: trouble.said.clone(), course, last_seen: now, ..known }
        }
        (Some(known), None) => Incident { course, ..known },
        (None, Some(trouble)) => Incident {
            id: IncidentId::generate(),
            key,
            said: trouble.said.clone(),
            course,
            last_seen: now,
            told: 0,
            known: None,
        },
        (None, None) => return None,
    };
    Some(incident)
}

/// Whether there is something to write; that it was seen again is, now and then.
fn is_news(known: &Incident, now: &Incident) -> bool {
    (&known.said, known.course, known.told) != (&now.said, now.course, now.told)
        || now.last_seen.duration_since(known.last_seen) >= SEEN_EVERY
}

fn say(incident: &Incident, change: Change) {
    let Incident { id, key, said, .. } = incident;
    counter!("frontdesk_alerting_incident_changes_total", "change" => change.name()).increment(1);
    if change == Change::Recovered {
        info!(incident = %id, owner = key.service, kind = key.kind, subject = key.subject, "incident recovered");
    } else {
        warn!(
            incident = %id, owner = key.service, kind = key.kind, subject = key.subject, name = said.name,
            severity = said.severity.name(), count = said.count, change = change.name(), next_step = said.next_step,
            "incident"
        );
    }
}
