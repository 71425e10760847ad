use std::cell::RefCell;

use toml::Value;

use super::value;
use crate::Problem;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(crate) fn into_inner(self) -> Vec<Problem> {
        self.0.into_inner()
    }

    fn push(&self, path: String, problem: String) {
        self.0.borrow_mut().push(Problem { path, problem });
    }
}

/// A table that is being read: each key is taken out once, what is left in the end is unknown.
///
/// A reader takes everything it knows before it gives up on any of it; then all problems of the file are known at once.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    path: String,
    values: toml::Table,
    known: Vec<&'static str>,
    problems: &'a Problems,
}

impl<'a> Table<'a> {
    pub(crate) fn root(values: toml::Table, problems: &'a Problems) -> Self {
        Self { path: String::new(), values, known: Vec::new(), problems }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A value that may be missing. `None` also when it is wrong, which is noted.
    pub(crate) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.take(key)?;
        read(&value).map_err(|problem| self.say_of(key, &problem)).ok()
    }

    /// A value that must be there.
    pub(crate) fn required<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        if !self.values.contains_key(key) {
            self.known.push(key);
            self.say_of(key, "is missing; give it");
            return None;
        }
        self.optional(key, read)
    }

    /// A value with a default.
    pub(crate) fn or<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> T {
        self.optional(key, read).unwrap_or(default)
    }

    /// A list, each item of which is read; missing means empty.
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Vec<T> {
        let items = self.optional(key, value::array).unwrap_or_default();
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match read(item) {
                Ok(item) => list.push(item),
                Err(problem) => self.say_of(&format!("{key}[{index}]"), &problem),
            }
        }
        list
    }

    /// A table inside this one.
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Table<'a>> {
        let values = self.optional(key, value::table)?;
        Some(Table { path: self.at(key), values, known: Vec::new(), problems: self.problems })
    }

    /// The tables of `[[key]]`; missing means none.
    pub(crate) fn tables(&mut self, key: &'static str) -> Vec<Table<'a>> {
        let items = self.optional(key, value::array).unwrap_or_default();
        let mut tables = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = self.at(&format!("{key}[{index}]"));
            match value::table(item) {
                Ok(values) => tables.push(Table { path, values, known: Vec::new(), problems: self.problems }),
                Err(problem) => self.problems.push(path, problem),
            }
        }
        tables
    }

    /// A text as it stands there, for those who refer to it; read it for good with the others.
    pub(crate) fn peek(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_str()
    }

    /// Whether a key is there, not taken yet, and a text.
    pub(crate) fn is_text(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(Value::is_str)
    }

    /// Whether a key is there and was not taken yet.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Whether nothing was found wrong so far, anywhere in the file.
    pub(crate) fn is_well(&self) -> bool {
        self.problems.0.borrow().is_empty()
    }

    /// Notes what is wrong with a key of this table.
    pub(crate) fn say_of(&self, key: &str, problem: &str) {
        self.problems.push(self.at(key), problem.to_owned());
    }

    /// Notes what is wrong with this table as a whole.
    pub(crate) fn say(&self, problem: &str) {
        self.problems.push(self.path.clone(), problem.to_owned());
    }

    /// Notes what is wrong somewhere else.
    pub(crate) fn say_at(&self, path: &str, problem: &str) {
        self.problems.push(path.to_owned(), problem.to_owned());
    }

    /// Everything known has been taken: the rest is unknown.
    pub(crate) fn finish(self) {
        for key in self.values.keys() {
            let known = self.known.join(", ");
            self.problems.push(self.at(key), format!("is not known; known here are {known}"));
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.values.remove(key)
    }

    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}
