#![doc = include_str!("../README.md")]

use runtime::Service;

/// In the order of the walk. Each has its own sections of the configuration, its own pools, streams and ports: the only
/// thing they share is the process.
const SERVICES: &[Service] =
    &[ingest::SERVICE, conversation::SERVICE, delivery::SERVICE, scheduler::SERVICE, alerting::SERVICE];

fn main() -> std::process::ExitCode {
    runtime::command::main("frontdesk", SERVICES)
}
