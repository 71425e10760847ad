//! The four functions, each behind its batcher.

use runtime::Lifecycle;
use sqlx::PgPool;

use super::{Batcher, ChannelEvents, Echoes, Inbox, Limits, Receipts, Wakes};

/// Most requests in one call.
const REQUESTS: usize = 256;
/// Most items in one call, unless one request has more.
const ITEMS: usize = 2048;

/// Everything events are handed on by. Clones share the queues.
#[derive(Debug, Clone)]
pub struct Acceptor {
    /// To conversation.
    pub inbox: Batcher<Inbox>,
    /// To delivery.
    pub receipts: Batcher<Receipts>,
    /// To delivery.
    pub echoes: Batcher<Echoes>,
    /// To delivery.
    pub channel_events: Batcher<ChannelEvents>,
}

/// Connections, apart by receiver: receipts, three for every message sent, must not hold up what customers write.
#[derive(Debug, Clone)]
pub struct Pools {
    /// For `conversation.accept_v1`.
    pub inbox: PgPool,
    /// For delivery's functions.
    pub delivery: PgPool,
}

impl Acceptor {
    /// Starts the batchers. They end when the last clone is dropped and what was queued is done.
    #[must_use]
    pub fn start(pools: Pools, wakes: Wakes, queue: usize, lifecycle: &Lifecycle) -> Self {
        let Pools { inbox, delivery } = pools;
        // Two calls at once keep the database busy while one waits for its commit; more would only make smaller batches.
        let two = Limits { requests: REQUESTS, items: ITEMS, calls: 2, queue };
        // An echo locks the message it may belong to; one call at a time cannot wait for itself.
        let one = Limits { calls: 1, ..two };
        let (inbox, drive_inbox) = Batcher::new(Inbox { pool: inbox, wakes: wakes.clone() }, two);
        let (receipts, drive_receipts) = Batcher::new(Receipts { pool: delivery.clone() }, two);
        let (echoes, drive_echoes) = Batcher::new(Echoes { pool: delivery.clone() }, one);
        let (channel_events, drive_channel_events) = Batcher::new(ChannelEvents { pool: delivery }, one);
        lifecycle.spawn("inbox", async move {
            drive_inbox.await;
            wakes.flush().await;
            Ok(())
        });
        lifecycle.spawn("receipts", async move { Ok(drive_receipts.await) });
        lifecycle.spawn("echoes", async move { Ok(drive_echoes.await) });
        lifecycle.spawn("channel events", async move { Ok(drive_channel_events.await) });
        Self { inbox, receipts, echoes, channel_events }
    }
}
