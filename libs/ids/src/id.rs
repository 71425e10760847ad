use uuid::Uuid;

use crate::IdError;

/// Declares one id type per line, all with the same behaviour.
macro_rules! define {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)+) => {$(
        $(#[$doc])*
        ///
        #[doc = concat!("Printed as `", $prefix, "_` and 32 hexadecimal digits; in JSON a plain UUID.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// What the printed form starts with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id. Ids made later sort later (UUIDv7), which keeps indexes compact.
            pub fn generate() -> Self {
                Self(uuid::Uuid::now_v7())
            }

            /// The id of a thing that has a name: the same parent and slug always give the same id (UUIDv5),
            /// so a declaration can be applied any number of times.
            pub fn named(parent: uuid::Uuid, slug: &str) -> Self {
                Self($crate::id::named($prefix, parent, slug))
            }

            /// Takes a value that is known to be an id of this kind, such as a database column.
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The value as databases and other services store it.
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.as_simple())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::parse(stringify!($name), $prefix, text).map(Self)
            }
        }
    )+};
}
pub(crate) use define;

/// The prefix takes part, so that a service and a staff member of the same name do not share an id.
pub(crate) fn named(prefix: &'static str, parent: Uuid, slug: &str) -> Uuid {
    Uuid::new_v5(&parent, format!("{prefix}:{slug}").as_bytes())
}

/// Strict, because an id with two spellings is two keys in some cache: one prefix, one case, no hyphens.
pub(crate) fn parse(kind: &'static str, prefix: &'static str, text: &str) -> Result<Uuid, IdError> {
    let digits = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or(IdError::Prefix { kind, prefix })?;
    let strict = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    strict.then(|| Uuid::try_parse(digits).ok()).flatten().ok_or(IdError::Digits { kind, prefix })
}
