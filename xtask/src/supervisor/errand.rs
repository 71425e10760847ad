//! A short job that follows from an event and runs beside everything else: repeated until it works.

use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use super::log_tail::tail;
use crate::process::{Launch, Output, Signal, Target, send};
use crate::say;

/// A job to be done some time soon.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What it does: "setting up the streams".
    pub name: &'static str,
    /// How to start it.
    pub launch: Launch,
    /// Where its output goes.
    pub log: PathBuf,
}

/// How many times it is tried, and how long between.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);

/// Where an errand stands.
#[derive(Debug)]
pub enum Progress {
    /// To be started then, for the n-th time.
    Due { errand: Errand, at: Instant, tries: u32 },
    /// Under way.
    Running { errand: Errand, child: Child, tries: u32 },
    /// Nothing to do.
    Done,
}

impl Progress {
    /// An errand to be started at once.
    pub fn due(errand: Errand) -> Self {
        Self::Due { errand, at: Instant::now(), tries: 0 }
    }

    /// Moves it on.
    pub fn look(self) -> anyhow::Result<Self> {
        match self {
            Self::Done => Ok(Self::Done),
            Self::Due { errand, at, tries } if at <= Instant::now() => {
                let child = errand.launch.spawn(&Output::Log(errand.log.clone()))?;
                Ok(Self::Running { errand, child, tries: tries + 1 })
            }
            due @ Self::Due { .. } => Ok(due),
            Self::Running { errand, mut child, tries } => match child.try_wait()? {
                None => Ok(Self::Running { errand, child, tries }),
                Some(status) if status.success() => {
                    say::line(format_args!("  {}: done", errand.name));
                    Ok(Self::Done)
                }
                Some(status) if tries >= TRIES => {
                    say::warn(format_args!(
                        "{} failed {tries} times ({status}). The end of {}:\n{}",
                        errand.name,
                        errand.log.display(),
                        tail(&errand.log)
                    ));
                    Ok(Self::Done)
                }
                Some(_) => Ok(Self::Due { errand, at: Instant::now() + PAUSE, tries }),
            },
        }
    }

    /// Drops it.
    pub fn cancel(self) {
        if let Self::Running { mut child, .. } = self {
            send(Signal::Kill, Target::Group(child.id()));
            let _collected = child.wait();
        }
    }
}
