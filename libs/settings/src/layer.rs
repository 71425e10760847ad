use figment::value::{Dict, Map};
use figment::{Metadata, Profile, Provider};
use toml::{Table, Value};

use crate::{Error, Problem};

/// One source of values, read and checked, on its way into figment, which merges the layers and remembers for each
/// value which layer it came from.
pub(crate) struct Layer {
    pub(crate) origin: String,
    pub(crate) values: Table,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let values = figment::value::Value::serialize(&self.values)?;
        let dict = values.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

/// Reads TOML. The parser's own display is not used, because it shows the offending line, which may be a secret.
pub(crate) fn parse(origin: &str, text: &str) -> Result<Table, Error> {
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Problem::Syntax { origin: origin.to_owned(), line, message: error.message().to_owned() }.into()
    })
}

/// The name of a value's type, for messages.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

/// `a.b` and `c` make `a.b.c`.
pub(crate) fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") }
}
