use toml::Value;

use super::Table;
use super::value::{self, Read};

/// What a tenant has of one kind, by slug: what its other declarations may refer to.
#[derive(Debug)]
pub(crate) struct Slugs<T>(Vec<(String, T)>);

impl<T: Copy> Slugs<T> {
    pub(crate) fn of(tables: &[Table<'_>], id: impl Fn(&str) -> T) -> Self {
        let slugs = tables.iter().filter_map(|table| table.peek("slug"));
        Self(slugs.map(|slug| (slug.to_owned(), id(slug))).collect())
    }

    /// The one that a value refers to.
    pub(crate) fn find(&self, value: &Value, kind: &str) -> Read<T> {
        let slug = value::slug(value)?;
        let found = self.0.iter().find(|(known, _)| *known == slug).map(|(_, id)| *id);
        found.ok_or_else(|| format!("is not the slug of {kind} of this tenant"))
    }

    pub(crate) fn ids(&self) -> Vec<T> {
        self.0.iter().map(|(_, id)| *id).collect()
    }
}
