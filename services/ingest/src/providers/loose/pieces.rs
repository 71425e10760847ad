//! Lists of which some elements may make no sense.

use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::domain::{MOST_PIECES, describe};

/// A list whose elements are read one by one, so that one that cannot be read does not take the others with it. They
/// are read when they are asked for: two bytes of a body must not become two kilobytes of memory each.
/// A single value in place of the list counts as a list of one, `null` as an empty list, and a list of more than
/// [`MOST_PIECES`] as one element that cannot be read.
#[derive(Debug)]
pub(crate) struct Pieces<'a, T>(Found<'a>, PhantomData<fn() -> T>);

#[derive(Debug)]
enum Found<'a> {
    List(Vec<&'a RawValue>),
    /// With the number of elements.
    TooMany(usize),
}

impl<T> Default for Pieces<'_, T> {
    fn default() -> Self {
        Self(Found::List(Vec::new()), PhantomData)
    }
}

impl<'de: 'a, 'a, T> Deserialize<'de> for Pieces<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: &'a RawValue = <&'a RawValue>::deserialize(deserializer)?;
        Ok(Self::read(raw))
    }
}

impl<'a, T> Pieces<'a, T> {
    pub(crate) fn read(raw: &'a RawValue) -> Self {
        let text = raw.get();
        let list = match text.as_bytes().first() {
            // What is raw JSON already is a list; the other arm only keeps this from having to be believed.
            Some(b'[') => serde_json::from_str::<Vec<&'a RawValue>>(text).unwrap_or_else(|_| vec![raw]),
            _ if text == "null" => Vec::new(),
            _ => vec![raw],
        };
        let found = if list.len() > MOST_PIECES { Found::TooMany(list.len()) } else { Found::List(list) };
        Self(found, PhantomData)
    }

    /// How many elements there are to read.
    pub(crate) const fn len(&self) -> usize {
        match &self.0 {
            Found::List(list) => list.len(),
            Found::TooMany(_) => 1,
        }
    }
}

impl<'a, T: Deserialize<'a>> Pieces<'a, T> {
    /// The elements, or why one makes no sense: in words that never quote it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Result<T, String>> {
        let (list, too_many) = match &self.0 {
            Found::List(list) => (list.as_slice(), None),
            Found::TooMany(count) => (&[][..], Some(*count)),
        };
        let too_many = too_many
            .map(|count| Err(format!("the list has {count} elements; at most {MOST_PIECES} are read")));
        list.iter().map(|piece| object(piece.get())).chain(too_many)
    }
}

/// Only objects: a list in the place of one would be read member by member, in the order in which they stand here.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    if !text.starts_with('{') {
        return Err("it is not an object".to_owned());
    }
    serde_json::from_str(text).map_err(|error| describe(&error))
}
