//! Closed sets of words: one spelling for SQL, JSON, metrics and the eye.

/// A text that is not one of the words of its set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {found:?}; use one of {known}")]
pub struct UnknownWord {
    /// What the text should have been, for example `message state`.
    pub what: &'static str,
    /// What it was.
    pub found: String,
    /// The words of the set, separated by commas.
    pub known: String,
}

/// Declares an enum without data together with its text forms.
macro_rules! words {
    (
        $(#[$outer:meta])*
        pub enum $name:ident as $what:literal {
            $( $(#[$inner:meta])* $variant:ident = $text:literal, )+
        }
    ) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[$inner])* $variant, )+
        }

        impl $name {
            /// Every member of the set, in the order of its declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for SQL, JSON and metric labels.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::text::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    $crate::domain::text::UnknownWord {
                        what: $what,
                        found: text.to_owned(),
                        known: Self::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", "),
                    }
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::domain::message::StateName;

    #[test]
    fn a_word_survives_sql_and_json_and_a_stranger_is_refused_with_the_list() {
        for name in StateName::ALL {
            assert_eq!(name.as_str().parse(), Ok(*name));
            let json = serde_json::to_string(name).unwrap();
            assert_eq!(serde_json::from_str::<StateName>(&json).unwrap(), *name);
        }
        let error = "sending".parse::<StateName>().unwrap_err();
        assert!(error.to_string().starts_with("message state is \"sending\"; use one of queued, intended, "));
    }
}
