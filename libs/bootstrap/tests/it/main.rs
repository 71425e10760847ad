//! Files as people write them, right and wrong.

mod a_channel_of_its_own;
mod mistakes_are_named_by_their_place;
mod presets_are_rates;
mod the_example_is_understood;

/// The file of the README, so that what is documented works.
fn example() -> String {
    let readme = include_str!("../../README.md");
    let block = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    block.unwrap_or_default().to_owned()
}

/// The example with one line replaced; an empty `new` takes it out.
fn with(old: &str, new: &str) -> String {
    let example = example();
    assert!(example.contains(old), "the example has no {old}");
    example.replacen(old, new, 1)
}

/// What is said about a file.
fn said(text: &str) -> Vec<String> {
    match bootstrap::parse(text) {
        Ok(_) => Vec::new(),
        Err(bootstrap::Error::Declared { problems, .. }) => {
            problems.iter().map(ToString::to_string).collect()
        }
        Err(error) => vec![error.to_string()],
    }
}
