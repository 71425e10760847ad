use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::{Error, roles};

/// What a service keeps in its schema: its name and the steps that build it.
#[derive(Debug)]
pub struct Schema {
    name: &'static str,
    migrations: Vec<Migration>,
}

impl Schema {
    /// The schema `name` (one of [`crate::SCHEMAS`]) and the service's own steps, from `sqlx::migrate!()`.
    pub fn new(name: &'static str, migrator: Migrator) -> Self {
        Self { name, migrations: migrator.migrations.into_owned() }
    }

    /// Adds a step whose text is shared between schemas: `{schema}` in it becomes this schema's name.
    #[must_use]
    pub fn with_template(mut self, version: i64, description: &'static str, template: &'static str) -> Self {
        let sql = template.replace("{schema}", self.name);
        // The text is a constant of this program and the name one of five constants: nothing from outside is in it.
        let sql = AssertSqlSafe(sql).into_sql_str();
        let description = Cow::Borrowed(description);
        self.migrations.push(Migration::new(version, description, MigrationType::Simple, sql, false));
        self
    }

    /// The name of the schema, which is also the name of the service.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The steps' versions and contents in one number that changes when any of them does.
    pub fn fingerprint(&self) -> Vec<u8> {
        let mut steps: Vec<&Migration> = self.migrations.iter().collect();
        steps.sort_by_key(|step| step.version);
        let mut all = self.name.as_bytes().to_vec();
        for step in steps {
            all.extend(step.version.to_be_bytes());
            all.extend(step.checksum.iter());
        }
        all
    }

    /// Where this schema's ledger of applied steps is kept.
    pub(crate) fn ledger(&self) -> String {
        format!("{}._migrations", self.name)
    }

    pub(crate) fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    /// The steps in order, with the ledger in place; refuses what could not work.
    pub(crate) fn migrator(&self) -> Result<Migrator, Error> {
        if !roles::SCHEMAS.contains(&self.name) {
            return Err(self.wrong("its name is not one of the five services"));
        }
        let mut versions: Vec<i64> = self.migrations.iter().map(|step| step.version).collect();
        versions.sort_unstable();
        if let Some(pair) = versions.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(self.wrong(&format!("two migrations have the number {}", pair[0])));
        }
        let mut migrator = Migrator::with_migrations(self.migrations.clone());
        migrator.dangerous_set_table_name(self.ledger());
        // A newer program may have migrated before and been rolled back since: its steps are compatible with us.
        migrator.set_ignore_missing(true);
        // One lock around all schemas is taken by the caller.
        migrator.set_locking(false);
        Ok(migrator)
    }

    fn wrong(&self, problem: &str) -> Error {
        Error::Schema { schema: self.name, problem: problem.to_owned() }
    }
}
