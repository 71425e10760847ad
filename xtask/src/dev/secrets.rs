//! The tokens and keys of a development checkout: made once, kept in `.frontdesk/run/tokens`, the same on every start
//! so that a command copied yesterday works today.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use crate::random;

/// Variables and their values, in the order of the file.
#[derive(Clone)]
pub struct Secrets(Vec<(String, String)>);

/// All secrets by the variable that carries them to the services.
const NAMES: [&str; 12] = [
    ADMIN_TOKEN,
    OPERATOR_TOKEN,
    VIEWER_TOKEN,
    "FRONTDESK_AUTH__SERVICE_TOKEN",
    "FRONTDESK_SCHEDULER__SLOT_SIGNING_KEY",
    "FRONTDESK_MEDIA__LINK_SIGNING_KEY",
    EVOLUTION_API_KEY,
    EVOLUTION_WEBHOOK_TOKEN,
    META_ACCESS_TOKEN,
    META_APP_SECRET,
    META_VERIFY_TOKEN,
    TWILIO_AUTH_TOKEN,
];

/// May change configuration and destroy.
pub const ADMIN_TOKEN: &str = "FRONTDESK_AUTH__ADMIN_TOKEN";
/// May repair.
pub const OPERATOR_TOKEN: &str = "FRONTDESK_AUTH__OPERATOR_TOKEN";
/// May read.
pub const VIEWER_TOKEN: &str = "FRONTDESK_AUTH__VIEWER_TOKEN";

/// With which the demo's channel calls its Evolution server.
pub const EVOLUTION_API_KEY: &str = "DEMO_EVOLUTION_API_KEY";
/// With which that server calls the demo's webhook.
pub const EVOLUTION_WEBHOOK_TOKEN: &str = "DEMO_EVOLUTION_WEBHOOK_TOKEN";
/// With which the demo's channel calls Meta.
pub const META_ACCESS_TOKEN: &str = "DEMO_META_ACCESS_TOKEN";
/// With which Meta signs its webhooks.
pub const META_APP_SECRET: &str = "DEMO_META_APP_SECRET";
/// With which Meta asks whether the webhook is the demo's own.
pub const META_VERIFY_TOKEN: &str = "DEMO_META_VERIFY_TOKEN";
/// With which the demo's channel calls Twilio, and Twilio signs its webhooks.
pub const TWILIO_AUTH_TOKEN: &str = "DEMO_TWILIO_AUTH_TOKEN";

impl Secrets {
    /// Reads the checkout's secrets, making those that are missing. What the environment sets wins.
    pub fn keep(folder: &Path, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let path = folder.join("tokens");
        let kept = parse(&fs::read_to_string(&path).unwrap_or_default());
        let mut made = false;
        let mut values = Vec::new();
        for name in NAMES {
            let value = match kept.iter().find(|(known, _)| known == name) {
                Some((_, value)) => value.clone(),
                None => {
                    made = true;
                    random::token(24)?
                }
            };
            values.push((name.to_owned(), value));
        }
        if made {
            write(&path, &values).with_context(|| format!("cannot write {}", path.display()))?;
        }
        for (name, value) in &mut values {
            if let Some(given) = variable(name) {
                *value = given;
            }
        }
        Ok(Self(values))
    }

    /// One of them by its variable.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// All of them, as variables.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(***)")
    }
}

fn parse(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn write(path: &Path, values: &[(String, String)]) -> std::io::Result<()> {
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    for (name, value) in values {
        writeln!(file, "{name}={value}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{ADMIN_TOKEN, Secrets, VIEWER_TOKEN};

    #[test]
    fn they_are_made_once_and_only_the_missing_are_made_later() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let first = Secrets::keep(folder.path(), |_| None)?;
        let again = Secrets::keep(folder.path(), |_| None)?;
        assert_eq!(first.get(ADMIN_TOKEN), again.get(ADMIN_TOKEN));
        assert_eq!(first.get(ADMIN_TOKEN).len(), 48);

        let path = folder.path().join("tokens");
        assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
        let without_admin: String =
            std::fs::read_to_string(&path)?.lines().skip(1).map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, without_admin)?;
        let third = Secrets::keep(folder.path(), |_| None)?;
        assert_ne!(first.get(ADMIN_TOKEN), third.get(ADMIN_TOKEN));
        assert_eq!(first.get(VIEWER_TOKEN), third.get(VIEWER_TOKEN));
        Ok(())
    }

    #[test]
    fn the_environment_wins_and_is_not_written_down() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let given = |name: &str| (name == ADMIN_TOKEN).then(|| "from outside".to_owned());
        assert_eq!(Secrets::keep(folder.path(), given)?.get(ADMIN_TOKEN), "from outside");
        assert_ne!(Secrets::keep(folder.path(), |_| None)?.get(ADMIN_TOKEN), "from outside");
        Ok(())
    }
}
