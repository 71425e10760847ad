//! Being there with nothing to do.

use std::time::Duration;

use serde::Serialize;

use super::Bench;
use crate::processes::{Memory, Window};

/// The cost of being there.
#[derive(Debug, Clone, Serialize)]
pub struct Idle {
    /// CPU.
    pub window: Window,
    /// Memory, before anything was ever done.
    pub memory: Memory,
}

impl Bench {
    /// Watches for `length`.
    pub async fn idle(&self, length: Duration) -> anyhow::Result<Idle> {
        let before = self.processes.cpu()?;
        tokio::time::sleep(length).await;
        let window = before.until(&self.processes.cpu()?);
        Ok(Idle { window, memory: self.processes.memory()? })
    }
}
