//! A constant rate: customers do not know, and do not care, how busy the front desk is.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::pace;
use crate::world::World;

/// New customers write at a constant rate. Returns who they were when the last one's webhook was answered.
///
/// # Errors
/// When the load itself fails; a webhook that is refused or broken is no such failure.
pub async fn at_rate(world: &Arc<World>, rate: u32, length: Duration) -> anyhow::Result<Range<usize>> {
    let first = world.customers.count();
    let mut dues = pace::ticks(rate, length)?;
    let mut writing = JoinSet::new();
    while let Some(due) = dues.recv().await {
        let (world, index) = (world.clone(), world.customers.arrives(due));
        writing.spawn(async move { world.writes(index).await });
        while let Some(written) = writing.try_join_next() {
            written??;
        }
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(first..world.customers.count())
}
