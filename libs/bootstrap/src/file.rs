use std::collections::HashSet;
use std::path::Path;

use crate::read::{Problems, Table};
use crate::{Error, Tenant};

/// What a file declares, checked as a whole.
#[derive(Debug, Clone)]
pub struct File {
    /// The tenants, at least one.
    pub tenants: Vec<Tenant>,
}

/// Reads and checks the file at `path`.
///
/// # Errors
/// All that is wrong with it at once.
pub fn read(path: &Path) -> Result<File, Error> {
    let text =
        std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    checked(&path.display().to_string(), &text)
}

/// Checks a file's text.
///
/// # Errors
/// All that is wrong with it at once.
pub fn parse(text: &str) -> Result<File, Error> {
    checked("the bootstrap file", text)
}

fn checked(origin: &str, text: &str) -> Result<File, Error> {
    let values: toml::Table = text.parse().map_err(|error| syntax(origin, text, &error))?;
    let problems = Problems::default();
    let file = File::declared(Table::root(values, &problems));
    let problems = problems.into_inner();
    if problems.is_empty() { Ok(file) } else { Err(Error::Declared { origin: origin.to_owned(), problems }) }
}

impl File {
    fn declared(mut table: Table<'_>) -> Self {
        let mut slugs = HashSet::new();
        let mut channels = HashSet::new();
        let declared = table.tables("tenant");
        if declared.is_empty() {
            table.say_of("tenant", "is missing; declare at least one with [[tenant]]");
        }
        let mut tenants = Vec::new();
        for tenant in declared {
            let path = tenant.path().to_owned();
            let Some(tenant) = Tenant::declared(tenant) else { continue };
            if !slugs.insert(tenant.slug.clone()) {
                table
                    .say_at(&format!("{path}.slug"), "is the slug of another tenant, too; slugs must differ");
            }
            // A channel's slug is in the address of its webhook, where no tenant is named.
            for (index, channel) in tenant.channels.iter().enumerate() {
                if !channels.insert(channel.slug.clone()) {
                    let at = format!("{path}.channel[{index}].slug");
                    table.say_at(
                        &at,
                        "is the slug of another channel, too; slugs must differ in the whole file",
                    );
                }
            }
            tenants.push(tenant);
        }
        table.finish();
        Self { tenants }
    }
}

/// The parser's own display shows the line, which may hold a secret.
fn syntax(origin: &str, text: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    Error::Syntax {
        origin: origin.to_owned(),
        line: before.matches('\n').count() + 1,
        message: error.message().to_owned(),
    }
}
