//! `cargo xtask sqlx`: what the checked queries are compared with when no database is at hand.
//!
//! The query macros describe every statement by asking a migrated database, and write the answers down when they are
//! told a folder. The database is migrated with `psql`, not with our own program: that one cannot be built as long as
//! `.sqlx` lags behind the migrations.

mod compare;
mod describe;
mod migrate;

use std::process::ExitCode;

pub use compare::differences;
pub use describe::describe;

use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::say;
use crate::scratch::Scratch;
use crate::servers::postgres::Durability;
use crate::tools::{self, POSTGRES};

/// What `cargo xtask sqlx --help` says.
pub const HELP: &str = "\
cargo xtask sqlx

Refreshes .sqlx: starts a throw-away PostgreSQL, applies all migrations, and lets the query macros describe every
statement. Run it after changing a query or a migration, and commit the result.";

/// Runs the task.
pub fn run(checkout: &Checkout, interrupt: &Interrupt) -> anyhow::Result<ExitCode> {
    let tools = tools::ensure(checkout, interrupt, &[&POSTGRES])?;
    let mut scratch = Scratch::new(checkout, interrupt, &tools, "sqlx")?;
    scratch.start_postgres(Durability::None)?;
    let fresh = describe(checkout, &mut scratch, &tools)?;
    let kept = checkout.root().join(".sqlx");
    let changed = differences(&kept, &fresh)?.len();
    compare::replace(&kept, &fresh)?;
    match changed {
        0 => say::line(".sqlx was up to date"),
        1 => say::line("One query changed; commit .sqlx"),
        changed => say::line(format_args!("{changed} queries changed; commit .sqlx")),
    }
    Ok(ExitCode::SUCCESS)
}
