//! The demo's tenant, as far as the simulators have to agree with it. It is declared in
//! `services/frontdesk/demo.toml`; what is needed of it is read from there, so that nothing is said twice.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::addresses;
use crate::checkout::Checkout;
use crate::ports::Ports;

/// The declared demo.
#[derive(Debug)]
pub struct Demo {
    path: PathBuf,
    text: String,
}

impl Demo {
    /// Reads it.
    pub fn read(checkout: &Checkout) -> anyhow::Result<Self> {
        let path = checkout.root().join("services/frontdesk/demo.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { path, text })
    }

    /// The slug of its channel, which is in the address of the webhook.
    pub fn channel(&self) -> anyhow::Result<&str> {
        value(&self.text, "channel", "slug").with_context(|| self.lacks("a channel with a slug"))
    }

    /// The instance of its channel on the Evolution server.
    pub fn instance(&self) -> anyhow::Result<&str> {
        value(&self.text, "channel", "instance").with_context(|| self.lacks("a channel with an instance"))
    }

    fn lacks(&self, what: &str) -> String {
        format!("{} declares no {what}", self.path.display())
    }

    /// A file with the demo for these ports: its own where it fits, else a copy in `folder`.
    pub fn file_for(&self, ports: &Ports, folder: &Path) -> anyhow::Result<PathBuf> {
        let text = addresses::in_text(&self.text, ports);
        if text == self.text {
            return Ok(self.path.clone());
        }
        let copy = folder.join("demo.toml");
        fs::write(&copy, text).with_context(|| format!("cannot write {}", copy.display()))?;
        Ok(copy)
    }
}

/// The first `key = "value"` in a table whose header holds `table`, or in an inline table there.
fn value<'a>(text: &'a str, table: &str, key: &str) -> Option<&'a str> {
    let mut inside = false;
    text.lines().map(str::trim).filter(|line| !line.starts_with('#')).find_map(|line| {
        if line.starts_with('[') {
            inside = line.contains(table);
        }
        let assigned = format!("{key} = \"");
        let (_, rest) = line.split_once(assigned.as_str()).filter(|_| inside)?;
        rest.split('"').next()
    })
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_are_found_in_their_table_only() {
        let text = "[tenant]\nslug = \"harbour\"\n# slug = \"no\"\n[[tenant.channels]]\nslug = \"front\"\n\
                    account = { instance = \"one\", base_url = \"x\" }\n[other]\ninstance = \"two\"\n";
        assert_eq!(value(text, "channel", "slug"), Some("front"));
        assert_eq!(value(text, "channel", "instance"), Some("one"));
        assert_eq!(value(text, "calendar", "slug"), None);
    }
}
