//! Lists of which some elements may make no sense.

use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A list whose elements are read one by one, so that one that cannot be read does not take the others with it.
/// A single object in place of the list counts as a list of one.
#[derive(Debug)]
pub(crate) struct Pieces<'a, T>(pub(crate) Vec<Result<T, serde_json::Error>>, PhantomData<&'a ()>);

impl<T> Default for Pieces<'_, T> {
    fn default() -> Self {
        Self(Vec::new(), PhantomData)
    }
}

impl<'de: 'a, 'a, T: Deserialize<'a>> Deserialize<'de> for Pieces<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: &'a RawValue = <&'a RawValue>::deserialize(deserializer)?;
        Ok(Self::read(raw))
    }
}

impl<'a, T: Deserialize<'a>> Pieces<'a, T> {
    /// Reads a list, or one object in the place of a list. `null` and scalars are an empty list.
    pub(crate) fn read(raw: &'a RawValue) -> Self {
        let text = raw.get();
        let pieces = match text.as_bytes().first() {
            Some(b'[') => match serde_json::from_str::<Vec<&'a RawValue>>(text) {
                Ok(list) => list.into_iter().map(|piece| serde_json::from_str(piece.get())).collect(),
                Err(error) => vec![Err(error)],
            },
            Some(b'{') => vec![serde_json::from_str(text)],
            _ => Vec::new(),
        };
        Self(pieces, PhantomData)
    }
}
