//! Which outside library may be used by whom. Each has one place that knows how to use it well.

use architecture::{Kind, Workspace, all_sources};

use crate::nothing;

/// A library, and our crates that may be built with it.
const ALLOWED: [(&str, &[&str]); 7] = [
    // Streams and consumers are data in `bus`; those who pull messages hold its consumers.
    ("async-nats", &["bus", "testkit", "ingest", "conversation", "delivery", "alerting", "bench", "e2e"]),
    // One way to load configuration, which hides values when it complains.
    ("figment", &["settings"]),
    ("config", &[]),
    // Calls to the outside, with deadlines and limits: providers, models, and those who are told of incidents.
    ("reqwest", &["alerting", "conversation", "delivery", "simulators", "bench", "e2e"]),
    // Rows belong to services; the libraries are those that open pools and do ordered work.
    (
        "sqlx",
        &[
            "postgres",
            "runtime",
            "work",
            "testkit",
            "frontdesk",
            "ingest",
            "conversation",
            "delivery",
            "scheduler",
            "alerting",
            "bench",
            "e2e",
        ],
    ),
    // Templates are rendered where texts are made.
    ("minijinja", &["conversation", "scheduler"]),
    // The metrics recorder is installed once.
    ("metrics-exporter-prometheus", &["runtime"]),
];

#[test]
fn libraries_are_used_where_they_are_known() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let mut findings = Vec::new();
    for (library, users) in ALLOWED {
        for member in workspace.members.iter().filter(|member| member.dependencies.contains(library)) {
            if !users.contains(&member.name.as_str()) {
                findings.push(format!("{} is built with {library}; only {users:?} may be", member.name));
            }
        }
    }
    nothing(findings)
}

/// Inside a service, gRPC is spoken in `grpc/` and by the clients in `clients/`; elsewhere there are our own types.
/// An error that is a `tonic::Status` deep inside has already decided what the caller is told.
#[test]
fn status_codes_stay_in_the_grpc_folders() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let findings = all_sources(&workspace.root)?.into_iter().filter_map(|source| {
        let inside = source.path.starts_with("services/") && source.path.contains("/src/");
        let door = source.path.contains("/grpc/")
            || source.path.contains("/grpc.rs")
            || source.path.contains("/clients/");
        let speaks = source.text.contains("tonic::Status")
            || source.text.contains("tonic::{Request, Response, Status}");
        (inside && !door && speaks && source.extension() == "rs")
            .then(|| format!("{} uses tonic::Status outside grpc/", source.path))
    });
    nothing(findings)
}

/// Tasks must start fast on a fresh machine.
#[test]
fn xtask_needs_next_to_nothing() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let tasks = workspace.members.iter().filter(|member| member.kind == Kind::Task);
    nothing(tasks.flat_map(|member| {
        let more =
            member.dependencies.iter().filter(|name| !["anyhow", "signal-hook"].contains(&name.as_str()));
        more.map(|name| format!("xtask depends on {name}, which everyone compiles first")).collect::<Vec<_>>()
    }))
}
