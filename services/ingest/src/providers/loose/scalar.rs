//! Strings, numbers and booleans, each in all the shapes in which servers write them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::long::{Part, long};

/// A string, or a number written as one.
#[derive(Debug, Default, Clone)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl<'a> Text<'a> {
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The string unless it is empty or blank.
    pub(crate) fn filled(&self) -> Option<&str> {
        self.get().filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn to_owned(&self) -> Option<String> {
        self.filled().map(str::to_owned)
    }

    pub(crate) fn into_string(self) -> Option<String> {
        self.0.map(Cow::into_owned)
    }
}

/// A whole number: a number, a numeric string, or the `{low, high, unsigned}` of a JavaScript long.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Integer(pub(crate) Option<i64>);

/// A fraction: a number or a numeric string.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Decimal(pub(crate) Option<f64>);

/// Yes or no: a boolean, 0 or 1, or the words.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Flag(pub(crate) Option<bool>);

/// One JSON value of any type, as far as these readers care.
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Long { low: i64, high: i64 },
    Other,
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(number))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut low, mut high) = (None, 0);
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.get().unwrap_or_default() {
                "low" => low = map.next_value::<Part>()?.0,
                "high" => high = map.next_value::<Part>()?.0.unwrap_or(0),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(low.map_or(Scalar::Other, |low| Scalar::Long { low, high }))
    }
}

/// A fraction without its fractional part, if that fits.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    (number.is_finite() && number.abs() < 9.0e15).then_some(number as i64)
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Scalar::deserialize(deserializer)? {
            Scalar::Text(text) => Some(text),
            Scalar::Integer(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Scalar::deserialize(deserializer)? {
            Scalar::Integer(number) => Some(number),
            Scalar::Float(number) => whole(number),
            Scalar::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
            }
            Scalar::Long { low, high } => Some(long(low, high)),
            Scalar::Bool(_) | Scalar::Other => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[expect(clippy::cast_precision_loss, reason = "degrees and seconds are far below 2^52")]
        let number = match Scalar::deserialize(deserializer)? {
            Scalar::Integer(number) => Some(number as f64),
            Scalar::Float(number) => Some(number),
            Scalar::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        Ok(Self(number.filter(|number| number.is_finite())))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Scalar::deserialize(deserializer)? {
            Scalar::Bool(value) => Some(value),
            Scalar::Integer(0) => Some(false),
            Scalar::Integer(1) => Some(true),
            Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }))
    }
}
