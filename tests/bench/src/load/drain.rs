//! Waiting until everybody has their answer.

use std::time::{Duration, Instant};

use crate::world::World;

/// Waits until every message is answered and every receipt of the answers is taken. Gives up, with false, when nothing
/// happened for `patience`.
pub async fn drain(world: &World, patience: Duration) -> bool {
    let state = || (world.customers.waiting(), world.loops());
    let (mut last, mut since) = (state(), Instant::now());
    loop {
        let now = state();
        if now.0 == 0 && now.1 >= world.customers.messages() {
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
