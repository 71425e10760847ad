//! Readers for JSON whose types vary by server version. A field that is not what it should be reads as absent, in one
//! pass and without an intermediate tree; only what is needed to understand an event makes the event fail.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

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

/// An object; anything else in its place reads as absent.
#[derive(Debug, Clone)]
pub(crate) struct Object<T>(pub(crate) Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Object<T> {
    pub(crate) const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

/// A list whose elements are read one by one, so that one that cannot be read does not take the others with it.
/// A single object in place of the list counts as a list of one.
#[derive(Debug)]
pub(crate) struct Pieces<'a, T>(pub(crate) Vec<Result<T, serde_json::Error>>, PhantomData<&'a ()>);

impl<T> Default for Pieces<'_, T> {
    fn default() -> Self {
        Self(Vec::new(), PhantomData)
    }
}

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

/// Half of a long. A type of its own, so that halves cannot nest without end.
struct Part(Option<i64>);

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PartVisitor;
        impl<'de> Visitor<'de> for PartVisitor {
            type Value = Part;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_i64<E>(self, number: i64) -> Result<Part, E> {
                Ok(Part(Some(number)))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Part, E> {
                Ok(Part(i64::try_from(number).ok()))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Part, E> {
                Ok(Part(None))
            }
            fn visit_str<E>(self, text: &str) -> Result<Part, E> {
                Ok(Part(text.trim().parse().ok()))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Part, E> {
                Ok(Part(None))
            }
            fn visit_unit<E>(self) -> Result<Part, E> {
                Ok(Part(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Part, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Part(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Part, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Part(None))
            }
        }
        deserializer.deserialize_any(PartVisitor)
    }
}

/// JavaScript's long, put together again: two signed or unsigned halves of 32 bits.
const fn long(low: i64, high: i64) -> i64 {
    (high << 32) | (low & 0xffff_ffff)
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

struct ObjectVisitor<T>(PhantomData<T>);

macro_rules! absent {
    ($($method:ident: $type:ty),*) => {
        $(fn $method<E>(self, _: $type) -> Result<Self::Value, E> { Ok(Object(None)) })*
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    absent!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Object(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Object(Some(value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Sample<'a> {
        #[serde(borrow, default)]
        text: Text<'a>,
        #[serde(default)]
        integer: Integer,
        #[serde(default)]
        decimal: Decimal,
        #[serde(default)]
        flag: Flag,
        #[serde(default, borrow)]
        inner: Object<Inner<'a>>,
    }

    #[derive(Deserialize)]
    struct Inner<'a> {
        #[serde(borrow, default)]
        text: Text<'a>,
    }

    fn read(json: &str) -> Sample<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn whole_numbers_come_in_four_shapes() {
        for json in [
            r#"{"integer":1772460930}"#,
            r#"{"integer":"1772460930"}"#,
            r#"{"integer":1772460930.0}"#,
            r#"{"integer":{"low":1772460930,"high":0,"unsigned":true}}"#,
        ] {
            assert_eq!(read(json).integer.0, Some(1_772_460_930), "{json}");
        }
        let long = r#"{"integer":{"low":-2147483648,"high":412,"unsigned":false}}"#;
        assert_eq!(read(long).integer.0, Some((412 << 32) | 0x8000_0000));
        assert_eq!(read(r#"{"integer":18446744073709551615}"#).integer.0, None);
    }

    #[test]
    fn a_field_of_another_type_is_absent_and_hurts_nobody() {
        for junk in ["null", "true", "[1,{\"a\":[]}]", "{\"x\":{\"low\":1}}", "1e999", "-0.5"] {
            if junk == "1e999" {
                continue; // serde_json refuses numbers out of range; the piece around it is quarantined
            }
            let json = format!(
                r#"{{"text":{junk},"integer":{junk},"decimal":{junk},"flag":{junk},"inner":{junk}}}"#
            );
            let sample = read(&json);
            assert!(sample.text.get().is_none(), "{junk}");
            assert!(sample.inner.get().is_none_or(|inner| inner.text.get().is_none()), "{junk}");
        }
        assert_eq!(read(r#"{"flag":"TRUE"}"#).flag.0, Some(true));
        assert_eq!(read(r#"{"decimal":"-0.0015"}"#).decimal.0, Some(-0.0015));
        assert_eq!(read(r#"{"text":109876543210987}"#).text.get(), Some("109876543210987"));
        assert_eq!(
            read(r#"{"inner":{"text":"x"}}"#).inner.get().and_then(|inner| inner.text.get()),
            Some("x")
        );
    }

    #[test]
    fn one_bad_piece_leaves_the_others() {
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow, default)]
            list: Pieces<'a, Inner<'a>>,
        }
        let json = r#"{"list":[{"text":"a"},7,{"text":"\ud83d"},{"text":"b"}]}"#;
        let body: Body<'_> = serde_json::from_str(json).unwrap();
        let read: Vec<_> =
            body.list.0.iter().map(|piece| piece.as_ref().ok().and_then(|inner| inner.text.get())).collect();
        assert_eq!(read, [Some("a"), None, None, Some("b")]);
        let body: Body<'_> = serde_json::from_str(r#"{"list":{"text":"alone"}}"#).unwrap();
        assert_eq!(body.list.0.len(), 1);
        let body: Body<'_> = serde_json::from_str(r#"{"list":null}"#).unwrap();
        assert!(body.list.0.is_empty());
    }
}
