//! `bench`, started by `cargo xtask bench`.

use std::process::ExitCode;

use clap::Parser as _;

/// One thread: the load and the simulated provider must not spread over the cores of what is measured.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    bench::run(bench::Options::parse()).await
}
