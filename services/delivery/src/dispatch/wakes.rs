//! Wake-ups of messages under way. One is held while its message is called, so that its end can be told to the broker:
//! done, come again then, given up.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use bus::Wake;
use ids::MessageId;
use uuid::Uuid;

/// How the wake-up of a settled message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing more is owed through this wake-up.
    Ack,
    /// The message is tried again then.
    Nak(Duration),
    /// The message was given up: the advisory carries its id.
    Term,
}

/// Held wake-ups, by message.
#[derive(Debug, Default)]
pub struct Wakes {
    held: HashMap<Uuid, Wake>,
    /// Messages that were given up on without a wake-up in hand.
    dead: HashSet<Uuid>,
}

/// So many deaths may wait for a wake-up that announces them; those beyond are found in the rows.
const DEAD: usize = 1000;

impl Wakes {
    /// Holds a wake-up for the look that follows. A second one for the same message adds nothing.
    pub async fn hold(&mut self, wake: Wake) {
        match wake.key() {
            Some(message) if self.dead.remove(&message) => {
                wake.term(&MessageId::from_uuid(message).to_string()).await;
            }
            Some(message) if !self.held.contains_key(&message) => drop(self.held.insert(message, wake)),
            _ => wake.ack().await,
        }
    }

    /// After a look: what is not under way is acked. Its row is visible, and its channel's owner is live and polls.
    pub async fn ack_idle(&mut self, is_under_way: impl Fn(Uuid) -> bool) {
        let idle: Vec<Uuid> = self.held.keys().copied().filter(|message| !is_under_way(*message)).collect();
        for message in idle {
            if let Some(wake) = self.held.remove(&message) {
                wake.ack().await;
            }
        }
    }

    /// The next wake-up for this message announces its death.
    pub fn expect_dead(&mut self, message: MessageId) {
        if self.dead.len() < DEAD {
            self.dead.insert(message.uuid());
        }
    }

    /// The message is settled. `false`: no wake-up of it is held, so nothing was told to the broker.
    pub async fn settle(&mut self, message: MessageId, ending: Ending) -> bool {
        let Some(wake) = self.held.remove(&message.uuid()) else { return false };
        match ending {
            Ending::Ack => wake.ack().await,
            Ending::Nak(delay) => wake.nak(delay).await,
            Ending::Term => wake.term(&message.to_string()).await,
        }
        true
    }
}
