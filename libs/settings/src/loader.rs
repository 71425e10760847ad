use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use figment::Figment;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::layer::{self, Layer};
use crate::{Error, Problem, agree, decode, environment, known, redact};

const SHARED: &str = include_str!("shared.toml");

/// Puts a configuration together: built-in defaults, then a file, then the environment; the later wins.
#[derive(Default)]
pub struct Loader {
    defaults: Vec<String>,
    foreign: Vec<String>,
    file: Option<PathBuf>,
    variables: BTreeMap<String, String>,
}

impl Loader {
    /// A loader that knows only the shared sections.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the documented defaults of a service (TOML). They also say which keys exist and of which type they are.
    #[must_use]
    pub fn defaults(mut self, text: impl Into<String>) -> Self {
        self.defaults.push(text.into());
        self
    }

    /// Names sections of other programs, which may stand in a shared file or environment and are passed over.
    #[must_use]
    pub fn foreign<'a>(mut self, sections: impl IntoIterator<Item = &'a str>) -> Self {
        self.foreign.extend(sections.into_iter().map(str::to_owned));
        self
    }

    /// The configuration file, if there is one.
    #[must_use]
    pub fn file(mut self, path: Option<&Path>) -> Self {
        self.file = path.map(Path::to_path_buf);
        self
    }

    /// The environment; only names that start with `FRONTDESK_` are kept.
    #[must_use]
    pub fn env(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables = environment::ours(variables);
        self
    }

    /// Reads, checks and merges everything. Reports all problems at once.
    pub fn load(self) -> Result<Settings, Error> {
        let (defaults, secrets) = self.merged_defaults()?;
        let foreign: Vec<String> =
            self.foreign.iter().filter(|name| !defaults.contains_key(*name)).cloned().collect();
        let mut problems = Vec::new();
        let mut elsewhere = agree::Foreign::default();
        let mut figment = Figment::from(Layer { origin: "the defaults".into(), values: defaults.clone() });

        if let Some(path) = &self.file {
            let origin = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|source| Problem::Read { path: path.clone(), source })?;
            let mut given = layer::parse(&origin, &text)?;
            elsewhere.of_file(&given);
            given.retain(|section, _| !foreign.iter().any(|name| name == section));
            let values = known::fit(&defaults, given, &origin, &mut problems);
            figment = figment.merge(Layer { origin, values });
        }
        for layer in environment::layers(&defaults, &foreign, &self.variables, &mut problems) {
            figment = figment.merge(layer);
        }
        Error::unless_empty(problems)?;
        elsewhere.of_environment(&self.variables);
        let settings = Settings { figment, secrets };
        Error::unless_empty(agree::check(&settings.figment.extract().unwrap_or_default(), &elsewhere))?;
        Ok(settings)
    }

    /// All defaults as one table, and the keys that they declare to be secret.
    fn merged_defaults(&self) -> Result<(Table, Vec<String>), Error> {
        let mut all = Table::new();
        let mut secrets = Vec::new();
        for text in std::iter::once(SHARED).chain(self.defaults.iter().map(String::as_str)) {
            let mut table = layer::parse("the defaults", text)?;
            secrets.extend(secret_keys(table.remove("secrets"))?);
            for (section, values) in table {
                // Services may share a section; in one process its defaults come with each of them.
                if all.get(&section).is_some_and(|known| *known != values) {
                    return Err(Problem::Defaults(format!(
                        "section [{section}] is declared twice, and differently"
                    ))
                    .into());
                }
                all.insert(section, values);
            }
        }
        let paths = known::paths(&all);
        match secrets.iter().find(|key| !paths.contains(key)) {
            Some(key) => Err(Problem::Defaults(format!("secrets names {key}, which has no default")).into()),
            None => Ok((all, secrets)),
        }
    }
}

fn secret_keys(value: Option<Value>) -> Result<Vec<String>, Error> {
    let malformed =
        || Problem::Defaults("secrets must be a list of keys such as \"auth.admin_token\"".into());
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .into_iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| malformed().into()))
            .collect(),
        Some(_) => Err(malformed().into()),
    }
}

/// A finished configuration.
#[derive(Clone)]
pub struct Settings {
    figment: Figment,
    secrets: Vec<String>,
}

impl Settings {
    /// A section as the type that uses it. What is wrong is named by key and source, never by value.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        // Not extract_inner, which puts the section's name at the wrong end of an error's path.
        self.figment
            .focus(name)
            .extract()
            .map_err(|error| decode::explain(&self.figment, &self.secrets, name, error))
    }

    /// The whole configuration as TOML, with secrets hidden.
    pub fn redacted(&self) -> String {
        let mut values: Table = self.figment.extract().unwrap_or_default();
        redact::redact(&mut values, &self.secrets);
        values.to_string()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings(\n{})", self.redacted())
    }
}
