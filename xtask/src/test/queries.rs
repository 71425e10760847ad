//! The step that compares `.sqlx` with the migrations and queries of this commit.

use super::Context;
use super::step::{Outcome, Step};
use crate::sqlx;

/// Whether `.sqlx` is what it would be if it were made now.
pub const SQLX: Step = Step {
    name: "sqlx",
    what: "committed .sqlx fits migrations and queries",
    advice: "run `cargo xtask sqlx` and commit .sqlx",
    needs: &[],
    run,
};

fn run(context: &mut Context<'_>) -> anyhow::Result<Outcome> {
    let tools = context.tools()?;
    let checkout = context.checkout;
    let fresh = sqlx::describe(checkout, context.scratch()?, &tools)?;
    let different = sqlx::differences(&checkout.root().join(".sqlx"), &fresh)?;
    Ok(match different.len() {
        0 => Outcome::Passed,
        1 => Outcome::Failed("one query is not as committed".to_owned()),
        count => Outcome::Failed(format!("{count} queries are not as committed")),
    })
}
