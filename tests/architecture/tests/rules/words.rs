//! Words that must not be in the sources.

use architecture::{Source, Workspace, all_sources};

use crate::nothing;

/// A test that sleeps is slow on a good day and wrong on a bad one: it waits on a condition, with a deadline.
#[test]
fn tests_do_not_sleep() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let is_test = |path: &str| {
        let beside_a_crate =
            (path.starts_with("libs/") || path.starts_with("services/")) && path.contains("/tests/");
        beside_a_crate || path.starts_with("tests/e2e/") || path.starts_with("tests/architecture/tests/")
    };
    // Put together, so that these lines are no findings.
    let words = [["::sleep", "("], [" sleep", "("]].map(|parts| parts.concat());
    let sources = all_sources(&workspace.root)?;
    let tests = sources.iter().filter(|source| source.extension() == "rs" && is_test(&source.path));
    nothing(tests.flat_map(|source| {
        lines_with(
            source,
            |line| words.iter().any(|word| line.contains(word)),
            "waits for time to pass; use testkit::eventually",
        )
    }))
}

/// A path of the machine something was written on works nowhere else.
#[test]
fn no_file_names_a_place_on_somebodys_machine() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    // Put together, so that these lines are no findings.
    let places = [["/", "work/"], ["/", "root/"], ["/", "home/"], ["/", "Users/"], ["/", "opt/wheels"]]
        .map(|parts| parts.concat());
    let sources = all_sources(&workspace.root)?;
    nothing(sources.iter().flat_map(|source| {
        let names_one = |line: &str| places.iter().any(|place| starts_a_path(line, place));
        lines_with(source, names_one, "names a place that exists on one machine only")
    }))
}

/// Whether `place` is in the line as the beginning of a path, not as the middle of one (`libs/work/`).
fn starts_a_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !(before.is_alphanumeric() || "._-/}*".contains(before)))
    })
}

/// A log line's text is its field `message`; another field of that name takes its place.
#[test]
fn no_log_field_hides_the_text_of_its_line() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    // Put together, so that these lines are no findings.
    let words = [["message", " = %"], ["message", " = ?"], ["message", " = message.map("]]
        .map(|parts| parts.concat());
    let sources = all_sources(&workspace.root)?;
    let ours = sources.iter().filter(|source| source.extension() == "rs" && source.path.contains("/src/"));
    nothing(ours.flat_map(|source| {
        lines_with(
            source,
            |line| {
                words.iter().any(|word| line.split_whitespace().collect::<Vec<_>>().join(" ").contains(word))
            },
            "hides the text of the log line; call the field message_id",
        )
    }))
}

/// What is not done yet is an issue, not a comment.
#[test]
fn nothing_is_left_to_do_in_a_comment() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let words = [["TO", "DO"], ["FIX", "ME"], ["X", "XX:"]].map(|parts| parts.concat());
    let sources = all_sources(&workspace.root)?;
    let code =
        sources.iter().filter(|source| matches!(source.extension(), "rs" | "sql" | "proto" | "toml" | "md"));
    nothing(code.flat_map(|source| {
        lines_with(
            source,
            |line| words.iter().any(|word| line.contains(word)),
            "leaves something to do; file an issue",
        )
    }))
}

fn lines_with(source: &Source, wanted: impl Fn(&str) -> bool, why: &str) -> Vec<String> {
    let numbered = source.text.lines().zip(1..);
    numbered
        .filter(|(line, _)| wanted(line))
        .map(|(line, number)| format!("{}:{number}: {why}: {}", source.path, line.trim()))
        .collect()
}

#[test]
fn the_middle_of_a_path_is_no_place() {
    let place = ["/", "work/"].concat();
    assert!(starts_a_path(&format!("\"{place}x\""), &place));
    assert!(!starts_a_path("libs/work/sql", &place));
}
