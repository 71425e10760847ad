//! What a channel's history says about the time in which a message waited.

use jiff::Timestamp;

use super::{Happening, Wait, What, Why, over_at};

/// The times in which the provider wanted nothing of the channel; limits that overlap are one.
pub(super) fn limits(
    channel: &[Happening],
    from: Timestamp,
    end: Timestamp,
    until: Option<Timestamp>,
) -> Vec<Wait> {
    let mut spans: Vec<(Timestamp, Timestamp, &String)> = Vec::new();
    for one in channel.iter().filter(|one| one.at < end) {
        let What::Slowed { until: over, words } = &one.what else { continue };
        match spans.last_mut() {
            Some((_, last, _)) if one.at <= *last => *last = (*last).max(*over),
            _ => spans.push((one.at, *over, words)),
        }
    }
    let spans = spans.into_iter().filter(|(_, over, _)| *over > from);
    spans
        .map(|(since, over, words)| Wait {
            from: since.max(from),
            until: over_at(over, end, until),
            why: Why::Slowed { words: words.clone() },
        })
        .collect()
}

/// The times in which the door was closed.
pub(super) fn doors(channel: &[Happening], from: Timestamp, end: Timestamp, over: bool) -> Vec<Wait> {
    let mut waits: Vec<Wait> = Vec::new();
    let mut closed: Option<(Timestamp, Why)> = None;
    let of_door = |one: &&Happening| matches!(one.what, What::Opened | What::Closed { .. });
    for one in channel.iter().filter(|one| one.at < end).filter(of_door) {
        if let Some((since, why)) = closed.take()
            && one.at > from
        {
            waits.push(Wait { from: since.max(from), until: Some(one.at), why });
        }
        if let What::Closed { door, explanation } = &one.what {
            let why = Why::Door { door: door.clone(), explanation: explanation.clone() };
            closed = Some((one.at, why));
        }
    }
    if let Some((since, why)) = closed {
        waits.push(Wait { from: since.max(from), until: over.then_some(end), why });
    }
    waits
}
