//! What alerting itself can tell: owners that do not answer, dead letters, alerts that do not arrive.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    clients::Answer,
    domain::{
        incident::Severity,
        trouble::{Key, Said, Trouble},
    },
};

/// The service these are told by.
pub const SERVICE: &str = "alerting";

/// What the rows of alerting say.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Open dead letters.
    pub dead_letters: i64,
    /// The oldest of them died then.
    pub oldest: Option<Timestamp>,
    /// Posts that do not arrive: target, how many, since when, what was answered last.
    pub posts: Vec<(String, i64, Timestamp, String)>,
}

/// What is wrong here. `silent_after`: an owner may be away for so long. `most`: so many dead letters are no trouble.
#[must_use]
pub fn troubles(facts: &Facts, answers: &[Answer], most: i64, silent_after: Duration) -> Vec<Trouble> {
    let mut troubles: Vec<_> = answers
        .iter()
        .filter_map(|answer| {
            answer.troubles.as_ref().err().map(|why| silent(answer.service, why, silent_after))
        })
        .collect();
    if facts.dead_letters > most {
        troubles.push(dead_letters(facts, most));
    }
    troubles.extend(
        facts.posts.iter().map(|(target, count, since, answer)| posts(target, *count, *since, answer)),
    );
    troubles
}

fn about(
    kind: &str,
    subject: &str,
    severity: Severity,
    cause: String,
    next_step: &str,
    look: &str,
) -> Trouble {
    Trouble {
        key: Key { service: SERVICE.to_owned(), kind: kind.to_owned(), subject: subject.to_owned() },
        said: Said {
            name: String::new(),
            tenant_id: String::new(),
            severity,
            cause,
            responsible: crate::domain::responsible(contract::work::v1::Owner::Operator).to_owned(),
            next_step: next_step.to_owned(),
            look: look.to_owned(),
            count: 0,
            details: Default::default(),
        },
        since: None,
        patience: Duration::ZERO,
    }
}

fn silent(service: &str, why: &str, silent_after: Duration) -> Trouble {
    let trouble = about(
        "SERVICE_SILENT",
        service,
        Severity::Critical,
        format!("{service} does not say how it is; what is wrong with it is not known ({why})"),
        "check that it runs, and that it reaches the database (/readyz says what it lacks)",
        "curl -s 127.0.0.1:PORT/readyz   # 7080 ingest, 7081 conversation, 7082 delivery, 7083 scheduler",
    );
    Trouble { patience: silent_after, ..trouble }
}

fn dead_letters(facts: &Facts, most: i64) -> Trouble {
    let mut trouble = about(
        "DEAD_LETTERS",
        "all",
        Severity::Warning,
        format!("more than {most} dead letters wait for somebody"),
        "look at them by cause, do the next step, then replay or discard",
        "fd 9084 alerting.v1.DeadLetterService/ListDeadLetterGroups",
    );
    trouble.said.count = facts.dead_letters;
    Trouble { since: facts.oldest, ..trouble }
}

fn posts(target: &str, count: i64, since: Timestamp, answer: &str) -> Trouble {
    let mut trouble = about(
        "ALERTS_NOT_DELIVERED",
        target,
        Severity::Critical,
        format!("alerts to {target} do not arrive: {answer}"),
        "check its address with CheckAlerting and SendTestAlert",
        "fd 9084 alerting.v1.IncidentService/CheckAlerting",
    );
    trouble.said.count = count;
    Trouble { since: Some(since), ..trouble }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_silent_is_named_and_ten_dead_letters_are_none() {
        let answers = [
            Answer { service: "delivery", troubles: Err("Unavailable".to_owned()) },
            Answer { service: "ingest", troubles: Ok(vec![]) },
        ];
        let told =
            troubles(&Facts { dead_letters: 10, ..Facts::default() }, &answers, 10, Duration::from_secs(60));
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].key.kind.as_str(), told[0].key.subject.as_str()), ("SERVICE_SILENT", "delivery"));
        assert_eq!(told[0].patience, Duration::from_secs(60));
        let told = troubles(&Facts { dead_letters: 11, ..Facts::default() }, &[], 10, Duration::ZERO);
        assert_eq!((told[0].key.kind.as_str(), told[0].said.count), ("DEAD_LETTERS", 11));
    }
}
