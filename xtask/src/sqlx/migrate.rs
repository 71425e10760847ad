//! Bringing a fresh database into shape with nothing but `psql`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::checkout::Checkout;

/// The schema owners in the order of their migrations: who calls another's function comes after it.
const ORDER: [&str; 5] = ["delivery", "ingest", "scheduler", "conversation", "alerting"];

/// Lies beside the migrations of a schema that the ordered-work library builds its tables in.
const USES_WORK: &str = "USES_WORK";

/// The files to be applied, in order. Those that have to be written first go to `folder`.
pub fn files(checkout: &Checkout, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = vec![write(folder, "roles.sql", &roles())?];
    for schema in ORDER {
        let migrations = checkout.root().join("services").join(schema).join("migrations");
        if migrations.join(USES_WORK).exists() {
            let template = checkout.root().join("libs/work/sql/work.sql");
            let text = fs::read_to_string(&template)
                .with_context(|| format!("cannot read {}", template.display()))?;
            files.push(write(folder, &format!("work-{schema}.sql"), &text.replace("{schema}", schema))?);
        }
        files.extend(steps(&migrations)?);
    }
    Ok(files)
}

/// A schema's own steps; none for a service without tables.
fn steps(migrations: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !migrations.is_dir() {
        return Ok(Vec::new());
    }
    let entries =
        fs::read_dir(migrations).with_context(|| format!("cannot read {}", migrations.display()))?;
    let mut steps: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    steps.sort();
    Ok(steps)
}

/// What `libs/postgres` makes before the first step of any schema, as far as describing statements needs it.
fn roles() -> String {
    let mut sql = String::from("alter default privileges revoke execute on functions from public;\n");
    for schema in ORDER {
        sql.push_str(&format!(
            "create role {schema}_app nologin;\ncreate schema {schema};\ngrant usage on schema {schema} to {schema}_app;\n\
             alter default privileges in schema {schema} grant select, insert, update, delete on tables to {schema}_app;\n\
             alter default privileges in schema {schema} grant execute on functions to {schema}_app;\n"
        ));
    }
    sql
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::files;
    use crate::checkout::Checkout;

    #[test]
    fn owners_come_in_order_each_with_the_shared_tables_first() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        let place = |path: &str, text: &str| -> anyhow::Result<()> {
            let path = root.path().join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            Ok(fs::write(path, text)?)
        };
        place("libs/work/sql/work.sql", "create table {schema}.work_keys ();")?;
        place("services/conversation/migrations/0002_b.sql", "")?;
        place("services/conversation/migrations/0001_a.sql", "")?;
        place("services/conversation/migrations/USES_WORK", "")?;
        place("services/delivery/migrations/0001_c.sql", "")?;
        let folder = tempfile::tempdir()?;
        let files = files(&Checkout::at(root.path()), folder.path())?;
        let names: Vec<_> = files.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(names, ["roles.sql", "0001_c.sql", "work-conversation.sql", "0001_a.sql", "0002_b.sql"]);
        let work = fs::read_to_string(folder.path().join("work-conversation.sql"))?;
        assert_eq!(work, "create table conversation.work_keys ();");
        Ok(())
    }
}
