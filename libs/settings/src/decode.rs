//! Turns figment's errors, which print values, into ours, which do not.

use figment::Figment;
use figment::error::Kind;

use crate::layer::join;
use crate::redact::is_secret;
use crate::{Error, Problem};

pub(crate) fn explain(figment: &Figment, secrets: &[String], section: &str, error: figment::Error) -> Error {
    let key = error.path.iter().fold(section.to_owned(), |key, name| join(&key, name));
    let origin = error
        .metadata
        .as_ref()
        .map_or_else(|| "the configuration".to_owned(), |source| source.name.to_string());
    let problem = match error.kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("must be {expected}"),
        Kind::InvalidLength(found, expected) => format!("has {found} items but must have {expected}"),
        Kind::UnknownVariant(_, known) => format!("must be one of {}", known.join(", ")),
        Kind::UnknownField(field, known) => {
            format!("has an unknown key {field}; known are {}", known.join(", "))
        }
        Kind::MissingField(field) => format!("lacks the key {field}"),
        Kind::DuplicateField(field) => format!("has the key {field} twice"),
        Kind::ISizeOutOfRange(_) | Kind::USizeOutOfRange(_) => "is out of range".to_owned(),
        Kind::Unsupported(_) | Kind::UnsupportedKey(..) => "has a type that cannot be used here".to_owned(),
        Kind::Message(_) if is_secret(&key, secrets) => "is not valid".to_owned(),
        Kind::Message(message) => without_value(figment, &key, message),
    };
    Problem::Value { key, origin, problem }.into()
}

/// Messages of our own types explain what is wanted; should one quote the value, the quote is cut out.
fn without_value(figment: &Figment, key: &str, message: String) -> String {
    match figment.extract_inner::<String>(key) {
        Ok(value) if !value.is_empty() => message.replace(&value, "…"),
        Ok(_) => message,
        // A section or a list: which part of it the message quotes cannot be told.
        Err(_) if message.contains(['"', '`', '\'']) => "is not valid".to_owned(),
        Err(_) => message,
    }
}
