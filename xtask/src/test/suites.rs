//! Steps that run tests.

use super::Context;
use super::step::{Outcome, Step};
use crate::process::Launch;

/// Everything compiles, and the programs that tests start are there.
pub const BUILD: Step = Step {
    name: "build",
    what: "all programs and tests compile",
    advice: "cargo's words are above",
    needs: &["sqlx"],
    run: build,
};

/// Tests inside the sources.
pub const UNIT: Step = Step {
    name: "unit",
    what: "tests inside the crates",
    advice: "run one again with `cargo test --workspace <name>`",
    needs: &["build"],
    run: |context| suite(context, Suite::Unit),
};

/// Tests of one crate from outside, with real servers.
pub const INTEGRATION: Step = Step {
    name: "integration",
    what: "tests of each crate against real PostgreSQL and NATS",
    advice: "run one again with `cargo xtask test integration`, or alone as shown above",
    needs: &["build"],
    run: |context| suite(context, Suite::Integration),
};

/// All services together.
pub const E2E: Step = Step {
    name: "e2e",
    what: "all services together, from webhook to provider",
    advice: "run it again with `cargo xtask test e2e`",
    needs: &["build"],
    run: |context| suite(context, Suite::EndToEnd),
};

#[derive(Clone, Copy)]
enum Suite {
    Unit,
    Integration,
    EndToEnd,
}

fn build(context: &mut Context<'_>) -> anyhow::Result<Outcome> {
    let programs = context.cargo(["build", "--workspace"]);
    let built = context.outcome(&programs)?;
    if built != Outcome::Passed {
        return Ok(built);
    }
    let tests = context.cargo(["test", "--workspace", "--no-run", "--quiet"]);
    context.outcome(&tests)
}

fn suite(context: &mut Context<'_>, suite: Suite) -> anyhow::Result<Outcome> {
    let server = context.test_server()?;
    let tools = context.tools()?;
    let command = if context.has_nextest() { nextest(context, suite) } else { cargo_test(context, suite) };
    let command = command
        // A test's error says what it waited for; fifty frames of the test runner below it bury that.
        .env("RUST_BACKTRACE", "0")
        .env("FRONTDESK_TEST_DATABASE_URL", server.expose())
        .env("FRONTDESK_TEST_TOOLS", tools.folder());
    let command = match context.fuzz_cases {
        Some(cases) => command.env("FRONTDESK_FUZZ_CASES", cases.to_string()),
        None => command,
    };
    let outcome = context.outcome(&command)?;
    if outcome != Outcome::Passed || !matches!(suite, Suite::Unit) {
        return Ok(outcome);
    }
    // nextest does not know the examples in the documentation.
    let examples = context.cargo(["test", "--workspace", "--doc", "--quiet"]);
    context.outcome(&examples)
}

fn nextest(context: &Context<'_>, suite: Suite) -> Launch {
    let chosen = match suite {
        Suite::Unit => "kind(lib) | kind(bin) | kind(proc-macro)",
        Suite::Integration => "kind(test) & not package(e2e) & not package(architecture)",
        Suite::EndToEnd => "kind(test) & package(e2e)",
    };
    let profile = if std::env::var_os("CI").is_some() { "ci" } else { "default" };
    context.cargo(["nextest", "run", "--workspace", "--no-tests", "pass", "--profile", profile, "-E", chosen])
}

fn cargo_test(context: &Context<'_>, suite: Suite) -> Launch {
    match suite {
        Suite::Unit => context.cargo(["test", "--workspace", "--no-fail-fast", "--lib", "--bins"]),
        // Cargo cannot leave out a package here without changing the features of the others, so the tests of the
        // whole run twice where nextest is missing.
        Suite::Integration => context.cargo(["test", "--workspace", "--no-fail-fast", "--test", "*"]),
        Suite::EndToEnd => context.cargo(["test", "--package", "e2e", "--no-fail-fast", "--test", "*"]),
    }
}
