//! `cargo xtask`: the tasks of this repository, from "see it work" to "everything CI runs".
//!
//! Compiled before anything else on a fresh machine, so it depends on next to nothing and talks to servers and
//! processes with the standard library. See `README.md` beside this crate for the map.

mod bench;
mod cargo;
mod checkout;
mod cli;
mod dev;
mod interrupt;
mod lock;
mod ports;
mod process;
mod random;
mod say;
mod scratch;
mod servers;
mod soak;
mod sqlx;
mod supervisor;
mod test;
mod tools;

use std::process::ExitCode;

use crate::checkout::Checkout;
use crate::cli::Command;
use crate::interrupt::{Interrupt, Interrupted};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) if error.is::<Interrupted>() => ExitCode::from(130),
        Err(error) => {
            say::error(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    let command = cli::parse(std::env::args().skip(1))?;
    let checkout = Checkout::find()?;
    let interrupt = Interrupt::install()?;
    match command {
        Command::Help(text) => {
            say::line(text);
            Ok(ExitCode::SUCCESS)
        }
        Command::Dev(options) => dev::run(&checkout, &interrupt, &options),
        Command::Test(options) => test::run(&checkout, &interrupt, &options),
        Command::Sqlx => sqlx::run(&checkout, &interrupt),
        Command::Tools => tools::run(&checkout, &interrupt),
        Command::Bench(arguments) => bench::run(&checkout, &interrupt, &arguments),
        Command::Soak(options) => soak::run(&checkout, &interrupt, &options),
    }
}
