//! As much as it can bear: whenever a loop ends, the next customer writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::world::World;

/// Who may write at the same time, and who they are.
#[derive(Debug, Clone, Copy)]
pub struct Flow {
    /// Loops under way at most, from the webhook to the last receipt.
    pub in_flight: u64,
    /// So many customers write again and again; 0: each message is of somebody new.
    pub returning: usize,
}

/// Keeps `in_flight` loops going for `length`. Does not wait for those that are under way at the end.
///
/// # Errors
/// When the load itself fails; a webhook that is refused or broken is no such failure.
pub async fn saturate(world: &Arc<World>, flow: Flow, length: Duration) -> anyhow::Result<()> {
    let (ends, before) = (Instant::now() + length, world.loops());
    let mut regulars = Regulars { first: world.customers.count(), number: flow.returning, next: 0 };
    let (mut started, mut writing) = (0, JoinSet::new());
    while Instant::now() < ends {
        let under_way = started - (world.loops() - before).min(started);
        for _ in under_way..flow.in_flight {
            let Some(index) = regulars.next(world) else { break };
            let world = world.clone();
            writing.spawn(async move { world.writes(index).await });
            started += 1;
        }
        // Loops end with receipts, which follow answers closely; the timer is for the last ones of a burst.
        let _either = tokio::time::timeout(Duration::from_millis(1), world.customers.next_answer()).await;
        while let Some(written) = writing.try_join_next() {
            written??;
        }
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(())
}

/// Who writes next.
struct Regulars {
    first: usize,
    number: usize,
    next: usize,
}

impl Regulars {
    /// The next one; `None` if it is the turn of somebody who still waits.
    fn next(&mut self, world: &World) -> Option<usize> {
        let customers = &world.customers;
        if self.number == 0 || customers.count() < self.first + self.number {
            return Some(customers.arrives(Instant::now()));
        }
        let index = self.first + self.next;
        if !customers.writes_again(index) {
            return None;
        }
        self.next = (self.next + 1) % self.number;
        Some(index)
    }
}
