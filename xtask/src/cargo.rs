//! Cargo started from within a cargo task.

use crate::checkout::{Checkout, Profile};
use crate::process::Launch;

/// `cargo` in the checkout, with the same toolchain that started us.
pub fn cargo<const N: usize>(checkout: &Checkout, arguments: [&str; N]) -> Launch {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut launch = Launch::new(program).args(arguments).directory(checkout.root());
    // What cargo told *us* about xtask must not reach build scripts that watch these names.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            launch = launch.without(name);
        }
    }
    launch
}

/// Builds every program and library. Always the whole workspace: then features, and with them the compiled
/// dependencies, are the same whatever was built before.
pub fn build(checkout: &Checkout, profile: Profile) -> Launch {
    let launch = cargo(checkout, ["build", "--workspace"]);
    match profile {
        Profile::Debug => launch,
        Profile::Release => launch.args(["--release"]),
    }
}

/// Builds these programs only, with the features of the whole workspace: linking a release build takes a minute each.
pub fn build_programs(checkout: &Checkout, profile: Profile, programs: &[&str]) -> Launch {
    programs.iter().fold(build(checkout, profile), |launch, program| launch.args(["--bin", program]))
}
