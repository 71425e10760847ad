//! One way to show an address to a person who has no need to know it.

use std::fmt;

/// Writes `…23`: enough to tell two log lines apart, not enough to call somebody.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, address: &str) -> fmt::Result {
    let tail = address.char_indices().rev().nth(1).map_or(0, |(at, _)| at);
    write!(f, "…{}", &address[tail..])
}

/// `Display` and `Debug` of an address type, both masked.
macro_rules! masked {
    ($type:ident) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::mask::write(f, &self.0)
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }
    };
}

pub(crate) use masked;
