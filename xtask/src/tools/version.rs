//! Version numbers as programs print them.

/// The numbers of the first version in `text`: `postgres (PostgreSQL) 18.6 (Debian 18.6-1)` is 18.6.
pub fn first(text: &str) -> Option<Vec<u32>> {
    text.split_whitespace().find_map(|word| {
        let word = word.trim_start_matches('v');
        let digits_and_dots = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
        let numbers: Option<Vec<u32>> = word[..digits_and_dots]
            .split('.')
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().ok())
            .collect();
        numbers.filter(|numbers| !numbers.is_empty())
    })
}

/// The version as people write it.
pub fn written(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::{first, written};

    #[test]
    fn versions_are_found_in_what_programs_print() {
        for (text, version) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
            ("postgres (PostgreSQL) 19beta1", "19"),
            ("nats-server: v2.15.1", "2.15.1"),
            ("1.75.0", "1.75.0"),
            ("grpcurl v1.8.6", "1.8.6"),
        ] {
            assert_eq!(first(text).map(|numbers| written(&numbers)).as_deref(), Some(version), "{text}");
        }
        assert_eq!(first("command not found"), None);
    }

    #[test]
    fn the_order_of_versions_is_that_of_their_numbers() {
        assert!(first("2.15.1") > Some(vec![2, 15]));
        assert!(first("2.9.11") < Some(vec![2, 15]));
        assert!(first("18") >= Some(vec![18]));
    }
}
