//! JavaScript's 64-bit numbers.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// JavaScript's long, put together again: two signed or unsigned halves of 32 bits.
pub(super) const fn long(low: i64, high: i64) -> i64 {
    (high << 32) | (low & 0xffff_ffff)
}

/// Half of a long. A type of its own, so that halves cannot nest without end.
pub(super) struct Part(pub(super) Option<i64>);

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
