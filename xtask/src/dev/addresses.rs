//! Moving addresses in configuration along with the ports. The services' defaults and the demo name the ports of a
//! development run; when those are moved, every one of them has to be, wherever it is named.

use crate::ports::Ports;

const LOOPBACK: &str = "127.0.0.1:";

/// The settings in a service's defaults that name a port which is elsewhere in this run, as environment variables.
pub fn moved(defaults: &str, ports: &Ports) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut settings = Vec::new();
    for line in defaults.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.trim().replace('.', "__").to_uppercase();
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let Some(value) = value.trim().strip_prefix('"').and_then(|value| value.split('"').next()) else {
            continue;
        };
        let there = in_text(value, ports);
        if there != value {
            settings.push((format!("FRONTDESK_{section}__{}", key.trim().to_uppercase()), there));
        }
    }
    settings
}

/// The text with every loopback address of ours where it is in this run.
pub fn in_text(text: &str, ports: &Ports) -> String {
    let mut parts = text.split(LOOPBACK);
    let mut moved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        let port = number.parse().ok().and_then(|port| ports.in_place_of(port));
        moved.push_str(LOOPBACK);
        match port {
            Some(port) => moved.push_str(&port.to_string()),
            None => moved.push_str(number),
        }
        moved.push_str(rest);
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::{in_text, moved};
    use crate::ports::Ports;

    #[test]
    fn addresses_of_ours_move_and_others_stay() -> anyhow::Result<()> {
        let ports = Ports::plan(Some(100), |_| None)?;
        let text = "http://127.0.0.1:8090/x 127.0.0.1:9081, 127.0.0.1:5000 10.0.0.1:8090";
        assert_eq!(
            in_text(text, &ports),
            "http://127.0.0.1:8190/x 127.0.0.1:9181, 127.0.0.1:5000 10.0.0.1:8090"
        );
        Ok(())
    }

    #[test]
    fn only_what_is_elsewhere_becomes_a_setting() -> anyhow::Result<()> {
        let defaults = "[conversation]\n# grpc = \"127.0.0.1:9081\"\ngrpc = \"127.0.0.1:9081\"\nquiet = \"1500ms\"\n\
                        concurrent = 256\n[conversation.model]\nurl = \"http://127.0.0.1:8091/v1\" # a comment\n";
        assert_eq!(moved(defaults, &Ports::plan(None, |_| None)?), []);
        let settings = moved(defaults, &Ports::plan(Some(100), |_| None)?);
        assert_eq!(
            settings,
            [
                ("FRONTDESK_CONVERSATION__GRPC".to_owned(), "127.0.0.1:9181".to_owned()),
                ("FRONTDESK_CONVERSATION__MODEL__URL".to_owned(), "http://127.0.0.1:8191/v1".to_owned()),
            ]
        );
        Ok(())
    }
}
