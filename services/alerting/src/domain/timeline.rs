//! Steps of several services in one order, and how the messages among them stand.

use contract::work::v1::Step;

/// A step and who tells it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The service.
    pub service: &'static str,
    /// The step.
    pub step: Step,
}

/// Nanoseconds since 1970.
#[must_use]
pub fn instant(at: Option<prost_types::Timestamp>) -> i128 {
    at.map_or(0, |at| i128::from(at.seconds) * 1_000_000_000 + i128::from(at.nanos))
}

/// Puts steps in order of time. What begins at the same moment keeps the order in which a message goes through the services, and
/// a wait comes after what it follows.
pub fn arrange(steps: &mut [Told]) {
    let service = |told: &Told| match told.service {
        "conversation" => 0,
        "scheduler" => 1,
        "delivery" => 2,
        _ => 3,
    };
    steps.sort_by_key(|told| (instant(told.step.at), service(told), told.step.kind.starts_with("wait.")));
}

/// How each message and each unanswered item stands: its newest step, in words.
#[must_use]
pub fn standing(steps: &[Told]) -> Vec<String> {
    let mut order: Vec<&str> = Vec::new();
    for told in steps {
        let id = told.step.id.as_str();
        if (id.starts_with("msg_") || id.starts_with("itm_")) && !order.contains(&id) {
            order.push(id);
        }
    }
    order
        .into_iter()
        .filter_map(|id| {
            let of_it = steps.iter().filter(|told| told.step.id == id);
            let last = of_it.clone().max_by_key(|told| {
                // A wait that goes on is how it stands.
                (told.step.kind.starts_with("wait.") && told.step.until.is_none(), instant(told.step.at))
            })?;
            let answered =
                id.starts_with("itm_") && last.step.kind != "item.dead" && is_past(&last.step, steps);
            (!answered).then(|| {
                let waits = last.step.kind.starts_with("wait.") && last.step.until.is_none();
                format!("{id}: {}{}", if waits { "waits: " } else { "" }, last.step.what)
            })
        })
        .collect()
}

/// A turn of the same conversation came after what is told of an item last: a conversation is handled strictly in order, so the
/// item was answered by it, or with one of its burst.
fn is_past(last: &Step, steps: &[Told]) -> bool {
    let waits = last.kind.starts_with("wait.") && last.until.is_none();
    let after = |told: &Told| {
        told.step.kind == "turn"
            && told.step.conversation_id == last.conversation_id
            && instant(told.step.at) >= instant(last.at)
    };
    !waits && steps.iter().any(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(service: &'static str, id: &str, at: i64, kind: &str, until: Option<i64>) -> Told {
        let time = |seconds| prost_types::Timestamp { seconds, nanos: 0 };
        let step = Step {
            at: Some(time(at)),
            until: until.map(time),
            kind: kind.to_owned(),
            id: id.to_owned(),
            what: kind.to_owned(),
            ..Step::default()
        };
        Told { service, step }
    }

    #[test]
    fn steps_come_in_the_order_of_the_walk() {
        let mut steps = [
            told("delivery", "msg_1", 2, "wait.door", None),
            told("delivery", "msg_1", 2, "message.queued", None),
            told("conversation", "itm_1", 2, "turn", Some(2)),
            told("conversation", "itm_1", 1, "item.accepted", None),
        ];
        arrange(&mut steps);
        let kinds: Vec<_> = steps.iter().map(|told| told.step.kind.as_str()).collect();
        assert_eq!(kinds, ["item.accepted", "turn", "message.queued", "wait.door"]);
    }

    #[test]
    fn a_message_stands_where_its_newest_step_left_it() {
        let sent =
            [told("delivery", "msg_1", 1, "attempt", Some(2)), told("delivery", "msg_1", 3, "receipt", None)];
        assert_eq!(standing(&sent), ["msg_1: receipt"]);
        let waits = [
            told("delivery", "msg_1", 1, "wait.door", None),
            told("delivery", "msg_1", 3, "attempt", Some(4)),
        ];
        assert_eq!(standing(&waits), ["msg_1: waits: wait.door"]);
        let unanswered = [told("conversation", "itm_1", 1, "item.accepted", None)];
        assert_eq!(standing(&unanswered), ["itm_1: item.accepted"]);
        // One was answered, the next was not: its turn fails, and it waits for another try.
        let second = [
            told("conversation", "itm_1", 1, "item.accepted", None),
            told("conversation", "", 2, "turn", Some(3)),
            told("conversation", "itm_2", 4, "item.accepted", None),
            told("conversation", "itm_2", 5, "turn.failed", None),
            told("conversation", "itm_2", 6, "wait.retry", None),
        ];
        assert_eq!(standing(&second), ["itm_2: waits: wait.retry"]);
    }
}
