use crate::turn::redact;

/// Links, with or without a scheme.
pub(in crate::turn) fn links(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '|'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/'))
        .filter(|word| host(word).is_some())
        .collect()
}

/// The host a link leads to.
pub(in crate::turn) fn host(word: &str) -> Option<String> {
    let (explicit, rest) = match word.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, word),
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.contains('@') && !explicit {
        // A mail address; see `mails`.
        return None;
    }
    let host = authority.rsplit('@').next()?.split(':').next()?.to_lowercase();
    let labels: Vec<_> = host.split('.').collect();
    let looks_like_one = labels.len() >= 2
        && labels
            .iter()
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
        && labels
            .last()
            .is_some_and(|last| last.chars().count() >= 2 && last.chars().all(char::is_alphabetic))
        && labels.iter().any(|label| {
            label.chars().count() > 1
                && label.chars().any(char::is_alphabetic)
                && Some(label) != labels.last()
        });
    (looks_like_one || (explicit && !host.is_empty())).then_some(host)
}

/// Mail addresses.
pub(in crate::turn) fn mails(text: &str) -> Vec<&str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| redact::is_mail(word))
        .collect()
}

/// Long numbers, as their digits: what could be dialled.
pub(in crate::turn) fn phones(text: &str) -> Vec<String> {
    redact::long_numbers(text)
}
