use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Step, read, schema};
use crate::domain::Language;
use crate::model::ToolSpec;
use crate::turn::context::Turn;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    language: String,
}

pub(super) fn spec() -> ToolSpec {
    let tags: Vec<_> = Language::ALL.into_iter().map(Language::tag).collect();
    ToolSpec {
        name: "set_reply_language",
        description: "The language of the answers from here on.",
        parameters: schema(json!({ "language": { "type": "string", "enum": tags } }), &["language"]),
    }
}

pub(super) fn run(turn: &mut Turn<'_>, arguments: &Map<String, Value>) -> Result<Step, Step> {
    let wanted: Wanted = read(arguments)?;
    let Some(language) = Language::of(&wanted.language) else {
        return Err(Step::Refused(
            "there are no texts in that language; answer in the one the card names".to_owned(),
        ));
    };
    turn.language = language;
    Ok(Step::Result(json!({ "language": language.tag() })))
}
