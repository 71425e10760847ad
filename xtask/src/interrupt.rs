//! Ctrl-C, `kill` and a closed terminal, as a flag that every wait looks at.
//!
//! Children run in process groups of their own, so Ctrl-C reaches only this process, which then stops them in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Says whether the person asked us to stop.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

/// The error that a wait ends with when it was interrupted. Not a failure: nothing is printed for it.
#[derive(Debug)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped on request")
    }
}

impl std::error::Error for Interrupted {}

impl Interrupt {
    /// Starts to listen for SIGINT, SIGTERM and SIGHUP.
    pub fn install() -> anyhow::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&flag)).context("cannot listen for Ctrl-C")?;
        }
        Ok(Self(flag))
    }

    /// True once a signal came.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Forgets the signal, so that a second one can be told from the first.
    pub fn rearm(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Ends the caller's work with [`Interrupted`] once a signal came.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.requested() { Err(Interrupted.into()) } else { Ok(()) }
    }
}

#[cfg(test)]
impl Interrupt {
    /// One that no signal reaches.
    pub fn never() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }
}
