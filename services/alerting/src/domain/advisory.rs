//! What JetStream says when it gives a wake-up up.

use serde::Deserialize;

use super::dead_letter::OwnerService;

/// An advisory, reduced to what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advisory {
    /// The owner gave an item up and said which: there is a dead letter.
    GivenUp {
        /// The owner's row, printed.
        item_id: String,
        /// Who keeps it.
        owner: OwnerService,
    },
    /// A wake-up ran out of deliveries, or vanished while somebody held it. Nobody reported, so the row decides: its
    /// owner looks at the key again.
    LookAgain {
        /// Stream of the wake-up.
        stream: String,
        /// Its sequence there.
        sequence: u64,
    },
    /// Of a stream that is not ours, or of a kind that means nothing here.
    Foreign,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    stream: String,
    #[serde(default)]
    stream_seq: u64,
    #[serde(default)]
    reason: String,
}

impl Advisory {
    /// Reads an advisory's payload. What cannot be read is [`Advisory::Foreign`]: the sweep notices every dead item anyway.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Self {
        let Ok(wire) = serde_json::from_slice::<Wire>(payload) else { return Self::Foreign };
        if wire.stream != bus::streams::FD_IN && wire.stream != bus::streams::FD_OUT {
            return Self::Foreign;
        }
        if let Some(owner) = OwnerService::of_item(&wire.reason) {
            return Self::GivenUp { item_id: wire.reason, owner };
        }
        match wire.kind.as_str() {
            "io.nats.jetstream.advisory.v1.max_deliver" | "io.nats.jetstream.advisory.v1.terminated" => {
                Self::LookAgain { stream: wire.stream, sequence: wire.stream_seq }
            }
            _ => Self::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(kind: &str, stream: &str, reason: &str) -> Advisory {
        let payload = serde_json::json!({
            "type": format!("io.nats.jetstream.advisory.v1.{kind}"), "id": "x", "timestamp": "2026-11-21T00:00:00Z",
            "stream": stream, "consumer": "c", "consumer_seq": 3, "stream_seq": 7, "deliveries": 6, "reason": reason,
        });
        Advisory::parse(payload.to_string().as_bytes())
    }

    #[test]
    fn a_terminated_wake_up_with_a_row_is_a_dead_letter() {
        assert_eq!(
            advisory("terminated", "FD_OUT", "msg_0198aa"),
            Advisory::GivenUp { item_id: "msg_0198aa".into(), owner: OwnerService::Delivery }
        );
        assert_eq!(
            advisory("terminated", "FD_IN", "itm_0198aa"),
            Advisory::GivenUp { item_id: "itm_0198aa".into(), owner: OwnerService::Conversation }
        );
    }

    #[test]
    fn deliveries_used_up_or_a_deleted_wake_up_send_the_owner_to_look() {
        let again = Advisory::LookAgain { stream: "FD_IN".into(), sequence: 7 };
        assert_eq!(advisory("max_deliver", "FD_IN", ""), again);
        assert_eq!(advisory("terminated", "FD_IN", "Unacknowledged message was deleted"), again);
    }

    #[test]
    fn other_streams_and_garbage_mean_nothing() {
        assert_eq!(advisory("max_deliver", "ORDERS", ""), Advisory::Foreign);
        assert_eq!(advisory("terminated", "ORDERS", "msg_1"), Advisory::Foreign);
        assert_eq!(Advisory::parse(b"\xff not json"), Advisory::Foreign);
    }
}
