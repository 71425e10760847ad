//! Steps that look at the sources without running them.

use super::Context;
use super::step::{Outcome, Step};
use crate::process::Launch;
use crate::say;

/// The layout of the sources.
pub const FMT: Step = Step {
    name: "fmt",
    what: "sources are formatted",
    advice: "run `cargo fmt --all`",
    needs: &[],
    run: |context| {
        let fmt = context.cargo(["fmt", "--all", "--check", "--", "-l"]);
        context.outcome(&fmt)
    },
};

/// The protobuf files.
pub const PROTO: Step = Step {
    name: "proto",
    what: "buf lint finds nothing in proto/",
    advice: "each finding above names file, line and rule; the rules are in buf.yaml",
    needs: &[],
    run: |context| {
        let buf = context.tools()?.program("buf");
        let lint = Launch::new(buf).args(["lint"]).directory(context.checkout.root());
        context.outcome(&lint)
    },
};

/// Clippy on everything that is compiled.
pub const CLIPPY: Step = Step {
    name: "clippy",
    what: "clippy has nothing to say, warnings included",
    advice: "many findings go away with `cargo clippy --fix --workspace --all-targets`",
    needs: &["sqlx"],
    run: |context| {
        let clippy = context.cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--",
            "--deny",
            "warnings",
        ]);
        context.outcome(&clippy)
    },
};

/// The rules between crates.
pub const RULES: Step = Step {
    name: "rules",
    what: "rules between crates, banned and doubled dependencies, licences",
    advice: "each finding says what the rule protects; the rules are in tests/architecture",
    needs: &["build"],
    run: |context| {
        let rules = context
            .cargo(["test", "--workspace", "--test", "rules", "--quiet"])
            // The findings are the message; where in the test they were found is of no interest.
            .env("RUST_BACKTRACE", "0");
        context.outcome(&rules)
    },
};

/// The same again by the tool that knows every corner of it. It comes with no package system but cargo's own, so where
/// it is missing it is compiled once, into the checkout.
pub const DENY: Step = Step {
    name: "deny",
    what: "cargo-deny agrees on bans, licences and sources",
    advice: "the findings above name the crate and who brings it; exceptions with a reason go to deny.toml",
    needs: &[],
    run: |context| {
        let Some(deny) = cargo_deny(context)? else { return Ok(Outcome::of(false)) };
        // Advisories come from the network and change daily: they are not a promise of a commit.
        let check = deny.args(["check", "bans", "licenses", "sources"]).directory(context.checkout.root());
        context.outcome(&check)
    },
};

/// The version that is compiled where none is installed.
const CARGO_DENY: &str = "0.20.2";

/// The program, compiled first if it is nowhere; nothing where that failed, after cargo has said why.
fn cargo_deny(context: &mut Context<'_>) -> anyhow::Result<Option<Launch>> {
    let on_path = context.cargo(["deny"]);
    if on_path.clone().args(["--version"]).ask().is_ok() {
        return Ok(Some(on_path));
    }
    let home = context.checkout.tools().join(format!("cargo-deny-{CARGO_DENY}"));
    let program = home.join("bin/cargo-deny");
    if !program.exists() {
        say::line(format_args!(
            "cargo-deny is not installed: compiling {CARGO_DENY} into {}",
            home.display()
        ));
        let install = context
            .cargo(["install", "--quiet", "--locked", "--debug", "cargo-deny", "--version", CARGO_DENY])
            .args(["--root"])
            .args([&home]);
        if context.outcome(&install)? != Outcome::Passed {
            return Ok(None);
        }
    }
    Ok(Some(Launch::new(program)))
}
