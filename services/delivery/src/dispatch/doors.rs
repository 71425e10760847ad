//! What moves a door besides calls: events, operators, and looks at a closed one.

use ids::ChannelId;
use jiff::Timestamp;
use tracing::{info, warn};

use super::owned::Owned;
use crate::{
    domain::{change::Change, door::Door},
    providers::evolution::session_state,
    store::channel_events::ChannelEvent,
};

/// Applies an event to a door.
pub fn on_event(door: &Door, event: &ChannelEvent, now: Timestamp) -> Change<Door> {
    match event.state.as_str() {
        "pause" => door.paused(now),
        "resume" => door.resumed(now),
        "probe" => door.try_again(now),
        // The words of the webhook's event; Evolution says `close`, our own contract `closed`.
        state => {
            let state = if state == "closed" { "close" } else { state };
            let code = event.code.and_then(|code| u16::try_from(code).ok());
            door.on_connection(session_state(Some(state), code), now)
        }
    }
}

/// Takes a change over into memory and says so. `true`: the row has to be written.
pub fn apply(id: ChannelId, owned: &mut Owned, change: Change<Door>) -> bool {
    let Change::Applied(next) = change else { return false };
    let (was, is) = (owned.door.as_str(), next.as_str());
    match (next.closure(), was == is) {
        (_, true) => {}
        (None, _) => info!(channel = %id, "the channel's door is open; what waited is sent in lane order"),
        (Some(closure), _) => {
            let advice = closure.why.advice();
            warn!(channel = %id, door = is, cause = advice.words, next_step = advice.next_step, "the channel's door is closed");
        }
    }
    metrics::counter!("frontdesk_delivery_door_changes_total", "door" => is).increment(u64::from(was != is));
    owned.door = next;
    owned.stir();
    true
}
