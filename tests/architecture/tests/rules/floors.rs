//! Who may depend on whom inside the workspace.

use std::collections::BTreeMap;

use architecture::{Kind, Workspace};

use crate::nothing;

/// Runs all five services in one process, and therefore knows them.
const ALL_IN_ONE: &str = "frontdesk";

/// Services meet in contracts and in the receivers' SQL functions; a service that links another is one service.
#[test]
fn no_service_depends_on_a_service() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let services = workspace.names(Kind::Service);
    nothing(workspace.members.iter().filter(|member| member.name != ALL_IN_ONE).flat_map(|member| {
        let known = member.dependencies.iter().chain(&member.test_dependencies);
        let known = known.filter(|name| member.kind == Kind::Service && services.contains(name.as_str()));
        known.map(|name| format!("{} depends on the service {name}", member.name)).collect::<Vec<_>>()
    }))
}

/// What is shared must not know who shares it.
#[test]
fn no_library_depends_on_a_service() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let services = workspace.names(Kind::Service);
    nothing(workspace.members.iter().filter(|member| member.kind == Kind::Lib).flat_map(|member| {
        let known = member.dependencies.iter().chain(&member.test_dependencies);
        let known = known.filter(|name| services.contains(name.as_str()));
        known.map(|name| format!("{} depends on the service {name}", member.name)).collect::<Vec<_>>()
    }))
}

/// The floors of `libs/`: a library stands on lower floors only. A new library is added here on purpose.
const FLOORS: [(&str, u8); 15] = [
    // Values and rules that know nobody.
    ("ids", 0),
    ("clock", 0),
    ("addressing", 0),
    ("backoff", 0),
    ("batch", 0),
    ("lexicon", 0),
    ("contract", 0),
    // Where all else gets its configuration.
    ("settings", 1),
    // The servers, one door each.
    ("postgres", 2),
    ("bus", 2),
    // How a process lives.
    ("runtime", 3),
    // What services are made of.
    ("rpc", 4),
    ("bootstrap", 4),
    ("work", 4),
    // For tests only.
    ("testkit", 5),
];

#[test]
fn libraries_stand_on_lower_floors() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let floors: BTreeMap<&str, u8> = FLOORS.into_iter().collect();
    let libraries = workspace.names(Kind::Lib);
    let mut findings = Vec::new();
    for member in workspace.members.iter().filter(|member| member.kind == Kind::Lib) {
        let Some(own) = floors.get(member.name.as_str()) else {
            findings.push(format!("{} has no floor yet: give it one in this file", member.name));
            continue;
        };
        for name in member.dependencies.iter().filter(|name| libraries.contains(name.as_str())) {
            if floors.get(name.as_str()).is_none_or(|floor| floor >= own) {
                findings
                    .push(format!("{} (floor {own}) depends on {name}, which is not below it", member.name));
            }
        }
    }
    nothing(findings)
}

/// The kit for tests must not end up in a product.
#[test]
fn only_tests_use_testkit() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    nothing(workspace.members.iter().filter_map(|member| {
        let linked = member.kind != Kind::Test && member.dependencies.contains("testkit");
        linked.then(|| format!("{} is built with testkit; make it a dev-dependency", member.name))
    }))
}

/// A simulator that shared code with what it tests would share its mistakes.
#[test]
fn simulators_know_nothing_of_ours() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let ours: Vec<&str> = workspace.members.iter().map(|member| member.name.as_str()).collect();
    let simulators = workspace.members.iter().filter(|member| member.name == "simulators");
    nothing(simulators.flat_map(|member| {
        let known = member.dependencies.iter().filter(|name| ours.contains(&name.as_str()));
        known.map(|name| format!("simulators depends on {name}")).collect::<Vec<_>>()
    }))
}
