//! The fields of a webhook, by name. Twilio adds new ones without notice; unknown ones are left alone.

use std::borrow::Cow;

use crate::domain::Unparsable;
use crate::providers::form;
use crate::providers::loose::Text;

/// Fields in the order sent.
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Fields<'a> {
    /// Reads a form, or (where Twilio was told to send JSON) the scalar members of an object.
    pub fn read(body: &'a [u8]) -> Result<Self, Unparsable> {
        match body.trim_ascii_start().first() {
            Some(b'{') => Self::json(body),
            _ => Self::form(body),
        }
    }

    fn form(body: &'a [u8]) -> Result<Self, Unparsable> {
        let text = |bytes: Cow<'a, [u8]>| match bytes {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|error| error.utf8_error()),
        };
        let pairs = form::pairs(body).into_iter().map(|(name, value)| Ok((text(name)?, text(value)?)));
        let fields: Result<Vec<_>, std::str::Utf8Error> = pairs.collect();
        fields.map(Self).map_err(|_| Unparsable::new("a field is not UTF-8"))
    }

    fn json(body: &'a [u8]) -> Result<Self, Unparsable> {
        let members: std::collections::BTreeMap<String, Text<'a>> =
            serde_json::from_slice(body).map_err(|error| Unparsable::json(&error))?;
        let fields =
            members.into_iter().filter_map(|(name, value)| Some((name.into(), value.into_string()?.into())));
        Ok(Self(fields.collect()))
    }

    /// The value of a field unless it is missing or blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_ref())
            .filter(|value| !value.trim().is_empty())
    }

    /// The same, owned.
    pub fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Whether a field was sent at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }
}
