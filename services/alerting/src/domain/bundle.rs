//! What is told together: a few changes go one by one, a flood is one message.

use jiff::Timestamp;
use uuid::Uuid;

use super::{incident::Change, record::Incident};

/// So many changes go one by one.
const FEW: usize = 3;

/// A change that is to be told.
#[derive(Clone, Debug)]
pub struct News {
    /// The notification's row.
    pub id: Uuid,
    /// What changed.
    pub change: Change,
    /// When.
    pub at: Timestamp,
    /// The incident as it stands.
    pub incident: Incident,
}

/// Messages to be written, each of the changes it tells.
#[must_use]
pub fn bundles(news: Vec<News>) -> Vec<Vec<News>> {
    match news.len() {
        0 => vec![],
        1..=FEW => news.into_iter().map(|one| vec![one]).collect(),
        _ => vec![news],
    }
}

fn read_alike(one: &News, other: &News) -> bool {
    one.change == other.change
        && one.incident.key.kind == other.incident.key.kind
        && one.incident.said.cause == other.incident.said.cause
}

/// Changes that read alike: what changed, of which kind, for which cause; with everything they concern.
#[must_use]
pub fn alike(news: &[News]) -> Vec<(&News, Vec<&News>)> {
    let mut groups: Vec<(&News, Vec<&News>)> = Vec::new();
    for one in news {
        match groups.iter_mut().find(|(first, _)| read_alike(first, one)) {
            Some((_, all)) => all.push(one),
            None => groups.push((one, vec![one])),
        }
    }
    // What matters most and concerns most comes first, what is over last.
    groups.sort_by_key(|(first, all)| {
        let over = first.change == Change::Recovered;
        (over, std::cmp::Reverse(first.incident.said.severity), std::cmp::Reverse(all.len()))
    });
    groups
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use ids::IncidentId;

    use super::*;
    use crate::domain::{
        incident::{Course, Severity, State},
        trouble::{Key, Said},
    };

    /// A closed channel of this name, `change` at 1,800,000,000 s.
    pub(crate) fn closed(name: &str, change: Change) -> News {
        let at = Timestamp::constant(1_800_000_000, 0);
        let said = Said {
            name: name.to_owned(),
            tenant_id: String::new(),
            severity: Severity::Critical,
            cause: "the phone must be paired again".to_owned(),
            responsible: "whoever runs Frontdesk".to_owned(),
            next_step: "pair it <again>".to_owned(),
            look: "fd 9082 delivery.v1.QueueService/GetQueueHealth".to_owned(),
            count: 12,
            details: BTreeMap::new(),
        };
        let course = Course {
            state: State::Open,
            since: Timestamp::constant(1_800_000_000 - 720, 0),
            first_seen: at,
            opened_at: Some(at),
            missing_since: None,
            reopened: 0,
            told: None,
            told_at: None,
            acknowledged: false,
        };
        let key = Key {
            service: "delivery".to_owned(),
            kind: "CHANNEL_CLOSED".to_owned(),
            subject: name.to_owned(),
        };
        let incident =
            Incident { id: IncidentId::generate(), key, said, course, last_seen: at, told: 1, known: None };
        News { id: Uuid::nil(), change, at, incident }
    }

    #[test]
    fn a_few_go_one_by_one_and_a_flood_is_one_message() {
        let flood = |many| (0..many).map(|n| closed(&format!("desk-{n}"), Change::Opened)).collect();
        let sizes = |many| bundles(flood(many)).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!((sizes(0), sizes(3), sizes(200)), (vec![], vec![1, 1, 1], vec![200]));
        let many: Vec<News> = flood(200);
        assert_eq!(alike(&many).len(), 1);
    }

    #[test]
    fn what_is_over_comes_last() {
        let news = [closed("a", Change::Recovered), closed("b", Change::Opened)];
        let order: Vec<_> = alike(&news).iter().map(|(first, _)| first.change).collect();
        assert_eq!(order, [Change::Opened, Change::Recovered]);
    }
}
