use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Step, read, schema};
use crate::domain::{Flag, Snippet};
use crate::model::ToolSpec;
use crate::turn::claim_guard::without_foreign_links;
use crate::turn::context::Turn;
use crate::turn::findings::Findings;

/// As many pieces as fit beside everything else.
const MOST: usize = 3;
/// Characters of one piece.
const LONGEST: usize = 450;

/// From so many letters on a word says something, and a common beginning means a common word.
const STEM: usize = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    query: String,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: "search_knowledge",
        description: "Looks up what the business has written about itself.",
        parameters: schema(
            json!({ "query": { "type": "string", "description": "A few words" } }),
            &["query"],
        ),
    }
}

pub(super) fn run(
    turn: &Turn<'_>,
    findings: &mut Findings,
    arguments: &Map<String, Value>,
) -> Result<Step, Step> {
    let wanted: Wanted = read(arguments)?;
    let found = best(&turn.snapshot.knowledge, &wanted.query);
    if found.is_empty() {
        return Ok(Step::Result(
            json!({ "snippets": [], "note": "Nothing found. Say that you do not know, or call ask_handoff." }),
        ));
    }
    let mut lines = Vec::new();
    for snippet in found {
        // What a business wrote may have been put there by somebody else: links only to where it has said it links.
        let (text, stripped) = without_foreign_links(&snippet.text, &turn.snapshot.tenant.links);
        if stripped {
            findings.stats.flags.push(Flag::SnippetLink { source: snippet.source.clone() });
        }
        let text: String = text.chars().take(LONGEST).collect();
        lines.push(json!({ "source": snippet.source, "text": text }));
        findings.stats.sources.push(snippet.source.clone());
        findings.snippets.push(Snippet { source: snippet.source.clone(), text });
    }
    Ok(Step::Result(json!({ "snippets": lines })))
}

/// The pieces that share most words with the question; words that are rare in the whole collection count more.
fn best<'a>(knowledge: &'a [Snippet], query: &str) -> Vec<&'a Snippet> {
    let documents: Vec<_> = knowledge.iter().map(|snippet| (snippet, words(&snippet.text))).collect();
    let wanted = words(query);
    let score = |text: &[String]| -> f64 {
        wanted.iter().filter(|word| speaks_of(text, word)).map(|word| rarity(word, &documents)).sum()
    };
    let mut scored: Vec<_> = documents.iter().map(|(snippet, text)| (score(text), *snippet)).collect();
    scored.retain(|(score, _)| *score > 0.0);
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(MOST).map(|(_, snippet)| snippet).collect()
}

fn rarity(word: &str, documents: &[(&Snippet, Vec<String>)]) -> f64 {
    let holding = documents.iter().filter(|(_, text)| speaks_of(text, word)).count().max(1);
    #[expect(clippy::cast_precision_loss, reason = "a tenant has far fewer snippets than 2^52")]
    let share = (documents.len() as f64 + 1.0) / holding as f64;
    share.ln_1p()
}

/// Whether a text holds the word, perhaps with another ending: "park" and "parking".
fn speaks_of(text: &[String], word: &str) -> bool {
    let shares_stem = |a: &str, b: &str| a.starts_with(b) && b.chars().count() >= STEM;
    text.iter().any(|other| other == word || shares_stem(other, word) || shares_stem(word, other))
}

/// Words that say something; the shortest are those of grammar.
fn words(text: &str) -> Vec<String> {
    lexicon::fold(text).split(' ').filter(|word| word.chars().count() >= STEM).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_piece_that_speaks_of_it_comes_first() {
        let snippet = |source: &str, text: &str| Snippet { source: source.into(), text: text.into() };
        let knowledge = [
            snippet("hours", "We are open Monday to Friday and we are happy to see you."),
            snippet("parking", "Parking is free behind the building."),
            snippet("prices", "A check-up costs 40 euros. We accept cards."),
        ];
        let found = |query| best(&knowledge, query).first().map(|snippet| snippet.source.as_str());
        assert_eq!(found("where can I park?"), Some("parking"));
        assert_eq!(found("price of a check-up"), Some("prices"));
        assert_eq!(found("do you sell shoes"), None);
        assert_eq!(found(""), None);
    }
}
