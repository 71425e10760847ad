//! CPU between two readings.

use serde::Serialize;

use super::{Reading, cores};

/// Linux tells times to programs in hundredths of a second, whatever it counts in itself.
const TICKS_PER_SECOND: f64 = 100.0;

/// A stretch of time and what was used in it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Window {
    /// Its length.
    pub seconds: f64,
    /// Who used how much.
    pub cores: Cores,
}

/// Processors used, 1.0 being one of them all the time.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Cores {
    /// Load, customers and provider.
    pub bench: f64,
    /// The five services.
    pub frontdesk: f64,
    /// The broker.
    pub nats: f64,
    /// The database with all its sessions.
    pub postgres: f64,
    /// Everything else on the machine, interrupts included.
    pub foreign: f64,
    /// Taken away by the machine below this one.
    pub stolen: f64,
}

impl Window {
    pub(super) fn between(from: &Reading, to: &Reading) -> Self {
        let seconds = to.at.duration_since(from.at).as_secs_f64().max(1e-6);
        let used = |from: u64, to: u64| to.saturating_sub(from) as f64 / TICKS_PER_SECOND / seconds;
        let mut cores = Cores {
            bench: used(from.bench, to.bench),
            frontdesk: used(from.frontdesk, to.frontdesk),
            nats: used(from.nats, to.nats),
            postgres: used(from.postgres, to.postgres),
            foreign: 0.0,
            stolen: used(from.machine.stolen, to.machine.stolen),
        };
        let idle = used(from.machine.idle, to.machine.idle);
        cores.foreign = (self::cores() as f64 - idle - cores.stolen - cores.ours()).max(0.0);
        Self { seconds, cores }
    }

    /// CPU of all our processes per loop, in microseconds.
    pub fn micros_per(&self, loops: u64) -> f64 {
        self.part_per(self.cores.ours(), loops)
    }

    /// CPU per loop of a part that used `cores`, in microseconds.
    pub fn part_per(&self, cores: f64, loops: u64) -> f64 {
        if loops == 0 { 0.0 } else { cores * self.seconds * 1e6 / loops as f64 }
    }
}

impl Cores {
    /// All of ours.
    pub fn ours(&self) -> f64 {
        self.bench + self.frontdesk + self.nats + self.postgres
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_per_loop_counts_everything_of_ours() {
        let cores = Cores { bench: 0.1, frontdesk: 0.5, nats: 0.1, postgres: 0.3, foreign: 0.7, stolen: 0.0 };
        let window = Window { seconds: 2.0, cores };
        assert!((window.micros_per(1_000) - 2_000.0).abs() < 1e-6);
        assert!((window.part_per(cores.postgres, 1_000) - 600.0).abs() < 1e-6);
        assert_eq!(window.micros_per(0), 0.0);
    }
}
