//! The demo's tenant, as far as the simulators have to agree with it. It is declared in
//! `services/frontdesk/demo.toml`; what is needed of it is read from there, so that nothing is said twice.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::addresses;
use super::provider::Provider;
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

    /// Its channel with this provider.
    pub fn channel(&self, provider: Provider) -> anyhow::Result<Channel<'_>> {
        channels(&self.text)
            .into_iter()
            .find(|channel| channel.value("provider") == Some(provider.word()))
            .with_context(|| format!("{} declares no channel with {}", self.path.display(), provider.word()))
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

/// One declared channel.
#[derive(Debug)]
pub struct Channel<'a>(Vec<&'a str>);

impl<'a> Channel<'a> {
    /// A text it must have.
    pub fn get(&self, key: &str) -> anyhow::Result<&'a str> {
        self.value(key).with_context(|| format!("a channel of the demo has no {key}"))
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        let assigned = format!("{key} = \"");
        let rest = self.0.iter().find_map(|line| line.strip_prefix(assigned.as_str()))?;
        rest.split('"').next()
    }
}

fn channels(text: &str) -> Vec<Channel<'_>> {
    let mut channels: Vec<Channel<'_>> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[[tenant.channel]]";
            channels.extend(inside.then(|| Channel(Vec::new())));
        } else if inside && let Some(channel) = channels.last_mut() {
            channel.0.push(line);
        }
    }
    channels
}

#[cfg(test)]
mod tests {
    use super::channels;

    #[test]
    fn each_channel_has_its_own_values() {
        let text = "[tenant]\nslug = \"harbour\"\n[[tenant.channel]]\n# slug = \"no\"\nslug = \"front\"\n\
                    provider = \"evolution\"\n[[tenant.channel]]\nslug = \"meta\" # a comment\n[other]\n\
                    instance = \"two\"\n";
        let channels = channels(text);
        let slugs: Vec<_> = channels.iter().map(|channel| channel.value("slug")).collect();
        assert_eq!(slugs, [Some("front"), Some("meta")]);
        assert_eq!(channels.iter().filter_map(|channel| channel.value("instance")).next(), None);
        assert_eq!(channels.first().and_then(|channel| channel.value("provider")), Some("evolution"));
    }
}
