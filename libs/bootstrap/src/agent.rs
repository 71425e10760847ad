use serde_json::{Value, json};

use crate::read::{Table, value};

/// Who answers for a tenant. A change of its definition makes a new version of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Its name, under which its versions are counted.
    pub slug: String,
    /// Kind, prompt, model and limits: the document `conversation.agent_version.definition`.
    pub definition: Value,
}

impl Agent {
    pub(crate) fn declared(mut table: Table<'_>) -> Option<Self> {
        let slug = table.required("slug", value::slug);
        let kind = table.or("kind", "front_desk".to_owned(), value::word);
        let model = table.optional("model", value::text);
        let prompt = table.required("prompt", value::text);
        let temperature = table.optional("temperature", value::number(0.0..=2.0));
        let token_budget = table.or("token_budget", 4000, value::whole(500..=1_000_000));
        let ack_after = table.optional("ack_after", value::duration);
        let tools = table.list("tools", tool);
        table.finish();
        let definition = json!({
            "kind": kind, "model": model, "prompt": prompt?, "temperature": temperature,
            "token_budget": token_budget, "tools": tools,
            "ack_after": ack_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        });
        Some(Self { slug: slug?, definition })
    }
}

fn tool(value: &toml::Value) -> value::Read<String> {
    value::word(value).map_err(|_| "must be the name of a tool, such as \"find_slots\"".to_owned())
}
