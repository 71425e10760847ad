//! What is named outside the code exists in it: settings in `.env.example`, metrics in dashboards and alert rules.

use std::collections::BTreeSet;

use architecture::{Source, Workspace, all_sources};

use crate::nothing;

/// A metric's name without what Prometheus adds to it.
fn metric(word: &str) -> &str {
    ["_bucket", "_sum", "_count"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word)
}

/// Words of a text that begin so, cut where they end.
fn words<'t>(text: &'t str, prefix: &'t str) -> impl Iterator<Item = &'t str> {
    text.match_indices(prefix).map(move |(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

/// The variables of every defaults file.
fn settings(sources: &[Source]) -> BTreeSet<String> {
    let defaults = sources.iter().filter(|source| {
        source.path.starts_with("services/") && source.path.ends_with("/defaults.toml")
            || source.path == "libs/settings/src/shared.toml"
    });
    let mut known = BTreeSet::new();
    for source in defaults {
        let mut section = "";
        for line in source.text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name;
            } else if let Some((key, _)) = line.split_once(" = ") {
                known.insert(format!("FRONTDESK_{section}__{key}").to_uppercase());
            }
        }
    }
    known
}

#[test]
fn the_example_of_an_environment_names_settings_that_exist() -> anyhow::Result<()> {
    let sources = all_sources(&Workspace::load()?.root)?;
    let known = settings(&sources);
    let example = sources.iter().find(|source| source.path == ".env.example");
    let example = example.ok_or_else(|| anyhow::anyhow!(".env.example is not there"))?;
    let given: Vec<_> = example
        .text
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .filter(|name| name.starts_with("FRONTDESK_"))
        .collect();
    assert!(given.len() > 15, "only {} settings were found", given.len());
    for old in [
        "OUTBOX_POLL_INTERVAL",
        "OUTBOX_BATCH_SIZE",
        "OUTBOX_MAX_RETRIES",
        "ESCALATION_CHECK_INTERVAL",
        "ESCALATION_FAILURE_THRESHOLD",
        "ESCALATION_MIN_RETRIES",
        "SLACK_OPS_WEBHOOK_URL",
    ] {
        assert!(example.text.contains(old), ".env.example does not say what became of {old}");
    }
    nothing(
        given
            .into_iter()
            .filter(|name| !known.contains(*name))
            .map(|name| format!(".env.example: no program knows {name}")),
    )
}

#[test]
fn dashboards_and_alert_rules_name_metrics_that_exist() -> anyhow::Result<()> {
    let sources = all_sources(&Workspace::load()?.root)?;
    let code = sources.iter().filter(|source| source.extension() == "rs" && source.path.contains("/src/"));
    let known: BTreeSet<&str> = code.flat_map(|source| words(&source.text, "frontdesk_")).collect();
    let mut findings = Vec::new();
    for place in ["helm/frontdesk/dashboard.json", "helm/frontdesk/alerts.yaml"] {
        let source = sources.iter().find(|source| source.path == place);
        let source = source.ok_or_else(|| anyhow::anyhow!("{place} is not there"))?;
        let named: BTreeSet<&str> = words(&source.text, "frontdesk_").collect();
        assert!(named.len() > 5, "{place} names only {} metrics", named.len());
        let strange = named.into_iter().filter(|name| !known.contains(name) && !known.contains(metric(name)));
        findings.extend(strange.map(|name| format!("{place}: nothing is called {name}")));
    }
    nothing(findings)
}
