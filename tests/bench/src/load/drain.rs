//! Waiting until everybody has their answer.

use std::time::{Duration, Instant};

use crate::world::World;

/// Waits until every message is answered and every receipt of the answers is taken. Gives up, with false, when nothing
/// happened for `patience`.
pub async fn drain(world: &World, patience: Duration) -> bool {
    settles(patience, || {
        let (waiting, loops) = (world.customers.waiting(), world.loops());
        ((waiting, loops), waiting == 0 && loops >= world.customers.messages())
    })
    .await
}

/// Waits until every message is answered, whatever becomes of receipts. Gives up as above.
pub async fn answered(world: &World, patience: Duration) -> bool {
    settles(patience, || {
        let waiting = world.customers.waiting();
        (waiting, waiting == 0)
    })
    .await
}

async fn settles<S: PartialEq>(patience: Duration, state: impl Fn() -> (S, bool)) -> bool {
    let (mut last, mut since) = (state().0, Instant::now());
    loop {
        let (now, settled) = state();
        if settled {
            return true;
        }
        if now != last {
            (last, since) = (now, Instant::now());
        } else if since.elapsed() > patience {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
