//! Which service a customer means, by the names in the tool's schema and in the prompt.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::words::Words;
use crate::model::request::ChatRequest;

/// The services on offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Services(Vec<Service>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Service {
    id: String,
    name: String,
    /// Stems that point to this service and to no other.
    stems: BTreeSet<String>,
}

impl Services {
    /// Reads the enum in the schema of `find_slots`, and for each value the lines of the prompt that show it.
    pub fn read(request: &ChatRequest, prompt: &str) -> Self {
        let Some(tool) = request.tool("find_slots") else { return Self::default() };
        let schema = tool.parameters.pointer("/properties/service").cloned().unwrap_or_default();
        let described =
            [schema.get("description").and_then(Value::as_str).unwrap_or_default(), &tool.description];
        let ids =
            schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let mut services: Vec<Service> = ids
            .map(|id| {
                let lines: Vec<&str> =
                    prompt.lines().chain(described).filter(|line| shows(line, id)).map(str::trim).collect();
                let name = name(id, &lines);
                let mut stems: BTreeSet<String> =
                    Words::of(id).iter().chain(Words::of(&name).iter()).map(stem).collect();
                stems.retain(|stem| stem.len() > 2 && !COMMON.contains(&stem.as_str()));
                Service { id: id.to_owned(), name, stems }
            })
            .collect();
        keep_what_tells_apart(&mut services);
        Self(services)
    }

    /// The service the words name.
    pub fn named(&self, words: &Words) -> Option<&str> {
        let mut said: BTreeSet<String> = words.iter().map(|word| stem(translate(word))).collect();
        // "check up" is "checkup" as well.
        said.extend((1..words.len()).map(|at| stem(format!("{}{}", words.before(at), words.get(at)))));
        let hits = self.0.iter().map(|service| (service.stems.intersection(&said).count(), service));
        let best = hits.filter(|(hits, _)| *hits > 0).max_by_key(|(hits, _)| *hits);
        best.map(|(_, service)| service.id.as_str())
    }

    /// The only one there is.
    pub fn only(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] => Some(&only.id),
            _ => None,
        }
    }

    /// The names, as a list for a question.
    pub fn names(&self, or: &str) -> String {
        let names: Vec<&str> = self.0.iter().map(|service| service.name.as_str()).collect();
        match names.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} {or} {last}", rest.join(", ")),
            None => String::new(),
        }
    }
}

/// Words around a service that belong to none.
const COMMON: [&str; 24] = [
    "service",
    "services",
    "enum",
    "minute",
    "minutes",
    "min",
    "eur",
    "usd",
    "gbp",
    "price",
    "from",
    "with",
    "and",
    "the",
    "for",
    "one",
    "new",
    "appointment",
    "visit",
    "patient",
    "customer",
    "duration",
    "name",
    "our",
];

fn keep_what_tells_apart(services: &mut [Service]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for stem in services.iter().flat_map(|service| &service.stems) {
        *counts.entry(stem.clone()).or_default() += 1;
    }
    for service in services {
        service.stems.retain(|stem| counts.get(stem) == Some(&1));
    }
}

fn shows(line: &str, id: &str) -> bool {
    line.match_indices(id).any(|(at, _)| {
        let ends = |letter: Option<char>| {
            letter.is_none_or(|letter| !letter.is_alphanumeric() && letter != '-' && letter != '_')
        };
        ends(line.get(..at).and_then(|before| before.chars().next_back()))
            && ends(line.get(at + id.len()..).and_then(|after| after.chars().next()))
    })
}

/// The name after the id in the first line that has one: `checkup: Check-up, 30 minutes` gives `Check-up`.
fn name(id: &str, lines: &[&str]) -> String {
    let after = |line: &&str| {
        let rest = line.get(line.find(id)? + id.len()..)?;
        let rest = rest.trim_start_matches(|letter: char| !letter.is_alphabetic() && letter != '(');
        let end = rest.find([',', '(', ';', '|', '.', '–', '—', '`', '"']).unwrap_or(rest.len());
        let name = rest.get(..end)?.trim();
        (name.len() > 2).then(|| name.to_owned())
    };
    lines.iter().find_map(after).unwrap_or_else(|| id.replace(['-', '_'], " "))
}

/// What is left of a word when its ending is gone.
fn stem(word: impl AsRef<str>) -> String {
    let word = word.as_ref();
    let endings = ["ing", "es", "s"];
    let cut = endings.into_iter().find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.len() > 3));
    cut.unwrap_or(word).to_owned()
}

/// What Spanish customers call the usual services.
fn translate(word: &str) -> &str {
    match word {
        "limpieza" | "higiene" => "cleaning",
        "revision" | "chequeo" => "checkup",
        "corte" | "pelo" => "haircut",
        "barba" => "beard",
        "consulta" => "consultation",
        "blanqueamiento" => "whitening",
        "extraccion" => "extraction",
        "empaste" => "filling",
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::request::{OfferedFunction, Tool};

    fn services(ids: &[&str], prompt: &str) -> Services {
        let parameters =
            json!({"type": "object", "properties": {"service": {"type": "string", "enum": ids}}});
        let function =
            OfferedFunction { name: "find_slots".to_owned(), description: String::new(), parameters };
        Services::read(&ChatRequest { tools: vec![Tool { function }], ..ChatRequest::default() }, prompt)
    }

    const PROMPT: &str = "Services of Harbour Dental:\n- checkup: Check-up (30 minutes)\n- hygiene: Teeth cleaning, 45 minutes\n- `root-canal` Root canal treatment";

    #[test]
    fn a_service_is_named_by_its_id_its_name_or_a_translation() {
        let services = services(&["checkup", "hygiene", "root-canal"], PROMPT);
        let cases = [
            ("a check-up please", Some("checkup")),
            ("check up", Some("checkup")),
            ("I want my teeth cleaned... a cleaning", Some("hygiene")),
            ("una limpieza", Some("hygiene")),
            ("root canal", Some("root-canal")),
            ("an appointment for 30 minutes", None),
            ("something else", None),
        ];
        for (text, service) in cases {
            assert_eq!(services.named(&Words::of(text)), service, "{text}");
        }
        assert_eq!(services.names("or"), "Check-up, Teeth cleaning or Root canal treatment");
        assert_eq!(services.only(), None);
    }

    #[test]
    fn a_single_service_is_clear_without_being_named() {
        let services = services(&["haircut"], "");
        assert_eq!((services.only(), services.names("or").as_str()), (Some("haircut"), "haircut"));
    }
}
