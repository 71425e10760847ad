//! The five functions, each behind its batches.

use sqlx::PgPool;

use super::{Batched, ChannelEvents, Echoes, Identities, Inbox, Receipts, TemplateEvents, Wakes};

/// Calls at the same time: one works while the other waits for its commit. More would only make smaller batches.
const TWO: usize = 2;
/// An echo locks the message it may belong to; one call at a time cannot wait for itself.
const ONE: usize = 1;

/// Everything events are handed on by. Clones share the queues.
#[derive(Debug, Clone)]
pub struct Acceptor {
    /// To conversation.
    pub inbox: Batched<Inbox>,
    /// To conversation.
    pub identities: Batched<Identities>,
    /// To delivery.
    pub receipts: Batched<Receipts>,
    /// To delivery.
    pub echoes: Batched<Echoes>,
    /// To delivery.
    pub channel_events: Batched<ChannelEvents>,
    /// To delivery.
    pub template_events: Batched<TemplateEvents>,
}

/// Connections, apart by receiver: receipts, three for every message sent, must not hold up what customers write.
#[derive(Debug, Clone)]
pub struct Pools {
    /// For conversation's functions.
    pub inbox: PgPool,
    /// For delivery's functions.
    pub delivery: PgPool,
}

impl Acceptor {
    /// Starts batching. `queue` requests may wait at each function.
    #[must_use]
    pub fn start(pools: Pools, wakes: Wakes, queue: usize) -> Self {
        let Pools { inbox, delivery } = pools;
        Self {
            identities: Batched::start(Identities { pool: inbox.clone() }, ONE, queue),
            inbox: Batched::start(Inbox { pool: inbox, wakes }, TWO, queue),
            receipts: Batched::start(Receipts { pool: delivery.clone() }, TWO, queue),
            echoes: Batched::start(Echoes { pool: delivery.clone() }, ONE, queue),
            channel_events: Batched::start(ChannelEvents { pool: delivery.clone() }, ONE, queue),
            template_events: Batched::start(TemplateEvents { pool: delivery }, ONE, queue),
        }
    }
}
