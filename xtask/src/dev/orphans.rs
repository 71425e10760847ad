//! Programs of an earlier run that was killed before it could stop them.

use std::path::Path;

use super::{services, simulators};
use crate::process::stop_orphan;
use crate::servers::{self, nats, postgres};
use crate::supervisor::stop_orphaned_job;

/// Stops them in the order in which a run stops its own: the job under way, services, simulators, servers.
pub fn stop(folder: &Path) {
    let programs = [
        (services::NAME, services::FILES, services::STOP),
        (simulators::MODEL, simulators::MODEL_FILES, simulators::STOP),
        (simulators::WHATSAPP, simulators::WHATSAPP_FILES, simulators::STOP),
        (postgres::NAME, postgres::NAME, postgres::STOP),
        (nats::NAME, nats::NAME, nats::STOP),
    ];
    stop_orphaned_job(folder);
    for (name, files, stop) in programs {
        stop_orphan(name, &servers::pid_file(folder, files), stop.signal, stop.grace);
    }
}
