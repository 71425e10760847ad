//! The files that the documents name.

use std::path::Path;

use architecture::Workspace;

use crate::nothing;

/// Documents that send a reader to places in the tree.
const GUIDES: [&str; 4] = ["README.md", "ARCHITECTURE.md", "docs/migrating.md", "docs/operating.md"];

/// Where a path of ours begins. What begins elsewhere is a route, a topic or an example.
const ROOTS: [&str; 9] =
    ["libs/", "services/", "tests/", "xtask/", "proto/", "docs/", "helm/", "k8s/", ".ci/"];

/// A guide that points at nothing is worse than none: whoever follows it believes that they are wrong.
#[test]
fn every_place_the_guides_name_exists() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let mut findings = Vec::new();
    for guide in GUIDES {
        let text = std::fs::read_to_string(workspace.root.join(guide))?;
        let folder = Path::new(guide).parent().unwrap_or(Path::new(""));
        for (number, line) in outside_of_fences(&text) {
            let named =
                in_backticks(line).filter(|word| is_place(word)).map(|word| workspace.root.join(word));
            let linked = links(line).map(|link| workspace.root.join(folder).join(link));
            for place in named.chain(linked).filter(|place| !place.exists()) {
                let place = place.strip_prefix(&workspace.root).unwrap_or(&place).display().to_string();
                findings.push(format!("{guide}:{number}: {place} does not exist"));
            }
        }
    }
    nothing(findings)
}

/// Lines with their numbers, without those of code blocks.
fn outside_of_fences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((number, line))
    })
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A path of ours, and not a pattern such as `services/<service>/migrations`.
fn is_place(word: &str) -> bool {
    ROOTS.iter().any(|root| word.starts_with(root)) && !word.contains(['<', '*', '{', '…', ' '])
}

/// Targets of links to files, without the part behind `#`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains("://")).then_some(target)
    })
}

#[test]
fn places_are_told_from_patterns_and_code() {
    let line = "see `libs/work`, `services/<service>/x`, `cargo xtask dev` and [this](docs/a.md#b), [that](https://x.y/z)";
    let named: Vec<&str> = in_backticks(line).filter(|word| is_place(word)).collect();
    assert_eq!(named, ["libs/work"]);
    assert_eq!(links(line).collect::<Vec<_>>(), ["docs/a.md"]);
    let lines: Vec<usize> = outside_of_fences("a\n```sh\nb\n```\nc").map(|(number, _)| number).collect();
    assert_eq!(lines, [1, 5]);
}
