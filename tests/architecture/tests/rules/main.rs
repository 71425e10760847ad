//! The rules, one file per kind. A finding names the place, and the rule's comment says what it protects.

mod bans;
mod files;
mod floors;
mod libraries;
mod licences;
mod named;
mod places;
mod words;

/// Fails with all findings at once: they are cheaper to fix together.
fn nothing(findings: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let findings: Vec<String> = findings.into_iter().collect();
    anyhow::ensure!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    Ok(())
}
