//! Pools fill, statements are prepared, consumers are found: what a process does once must not be measured.

use std::time::Duration;

use super::{Bench, PATIENCE};
use crate::load::{at_rate, drain};

impl Bench {
    /// A little of everything, and a burst.
    ///
    /// # Errors
    /// When nothing comes through: measuring would only take long to say the same.
    pub async fn warm_up(&self) -> anyhow::Result<()> {
        for (rate, millis) in [(20, 1_000), (200, 2_000), (800, 500)] {
            at_rate(&self.world, rate, Duration::from_millis(millis)).await?;
            anyhow::ensure!(
                drain(&self.world, PATIENCE).await,
                "customers who wrote got no answer: {} of {} still wait; the end of the services' log is below",
                self.world.customers.waiting(),
                self.world.customers.count()
            );
        }
        Ok(())
    }
}
