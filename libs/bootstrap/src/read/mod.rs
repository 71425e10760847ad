//! Reading TOML into finished values, gathering every problem on the way instead of stopping at the first.

mod slugs;
mod table;
pub(crate) mod value;

pub(crate) use slugs::Slugs;
pub(crate) use table::{Problems, Table};
