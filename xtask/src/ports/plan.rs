//! Which port is for what.

use anyhow::{Context as _, bail, ensure};

/// The services in the order of their ports.
pub const SERVICES: [&str; 5] = ["ingest", "conversation", "delivery", "scheduler", "alerting"];

/// From here on Linux hands ports to outgoing connections, which may then sit on one of ours.
const EPHEMERAL: u16 = 32_768;

/// All ports of a development run, on loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports {
    /// NATS clients.
    pub nats: u16,
    /// NATS over HTTP: health and figures.
    pub nats_monitor: u16,
    /// PostgreSQL.
    pub postgres: u16,
    /// Public HTTP of the first service; the others follow.
    pub http: u16,
    /// gRPC of the first service; the others follow.
    pub grpc: u16,
    /// Health and metrics of the first service; the others follow.
    pub admin: u16,
    /// The WhatsApp simulator.
    pub whatsapp: u16,
    /// The model simulator.
    pub model: u16,
}

/// The variable that moves all ports.
const OFFSET: &str = "FRONTDESK_DEV_PORT_OFFSET";

impl Ports {
    /// The defaults, each replaced by its `FRONTDESK_DEV_…` variable and moved by `offset` (or the variable
    /// `FRONTDESK_DEV_PORT_OFFSET`).
    pub fn plan(offset: Option<u16>, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let number = |name: &str| -> anyhow::Result<Option<u16>> {
            let Some(text) = variable(name) else { return Ok(None) };
            let number = text
                .parse()
                .ok()
                .with_context(|| format!("{name}={text}: not a port number; use 1024 to 32767"))?;
            Ok(Some(number))
        };
        let offset = match offset {
            Some(offset) => offset,
            None => number(OFFSET)?.unwrap_or(0),
        };
        // A port that was named is meant; only the defaults move.
        let port = |name: &str, default: u16| -> anyhow::Result<u16> {
            match number(name)? {
                Some(port) => Ok(port),
                None => default.checked_add(offset).with_context(|| too_far(offset)),
            }
        };
        let ports = Self {
            nats: port("FRONTDESK_DEV_NATS_PORT", 14_222)?,
            nats_monitor: port("FRONTDESK_DEV_NATS_MONITOR_PORT", 18_222)?,
            postgres: port("FRONTDESK_DEV_POSTGRES_PORT", 15_432)?,
            http: port("FRONTDESK_DEV_HTTP_PORT", 8_080)?,
            grpc: port("FRONTDESK_DEV_GRPC_PORT", 9_080)?,
            admin: port("FRONTDESK_DEV_ADMIN_PORT", 7_080)?,
            whatsapp: port("FRONTDESK_DEV_WHATSAPP_PORT", 8_090)?,
            model: port("FRONTDESK_DEV_MODEL_PORT", 8_091)?,
        };
        ports.check(offset)?;
        Ok(ports)
    }

    fn check(&self, offset: u16) -> anyhow::Result<()> {
        let mut all = self.all();
        all.sort();
        for (port, what) in &all {
            ensure!(
                (1_024..EPHEMERAL).contains(port),
                "port {port} for {what} (offset {offset}): take one from 1024 to 32767; above, the system hands \
                 ports to outgoing connections, and one of them may sit on it"
            );
        }
        for pair in all.windows(2) {
            if let [(port, one), (same, other)] = pair
                && port == same
            {
                bail!("port {port} is wanted for {one} and for {other}; move one of them");
            }
        }
        Ok(())
    }

    /// Every port with what it is for.
    fn all(&self) -> Vec<(u16, String)> {
        let mut all = vec![
            (self.nats, "NATS".to_owned()),
            (self.nats_monitor, "NATS monitoring".to_owned()),
            (self.postgres, "PostgreSQL".to_owned()),
            (self.whatsapp, "the WhatsApp simulator".to_owned()),
            (self.model, "the model simulator".to_owned()),
        ];
        all.extend(self.services());
        all
    }

    /// The ports of the services with what they are for.
    pub fn services(&self) -> Vec<(u16, String)> {
        let mut all = Vec::new();
        for (service, i) in SERVICES.into_iter().zip(0..) {
            // The sums stay far below the limit that `check` sets.
            all.push((self.http.saturating_add(i), format!("{service}'s HTTP")));
            all.push((self.grpc.saturating_add(i), format!("{service}'s gRPC")));
            all.push((self.admin.saturating_add(i), format!("{service}'s health and metrics")));
        }
        all
    }
}

fn too_far(offset: u16) -> String {
    format!("--port-offset {offset} leads past the last port; use a smaller one, for example 100")
}

#[cfg(test)]
mod tests {
    use super::Ports;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn the_defaults_are_those_of_the_documentation() -> anyhow::Result<()> {
        let ports = Ports::plan(None, nothing)?;
        assert_eq!((ports.nats, ports.postgres, ports.whatsapp, ports.model), (14_222, 15_432, 8_090, 8_091));
        assert!(ports.services().contains(&(9_084, "alerting's gRPC".to_owned())));
        Ok(())
    }

    #[test]
    fn the_offset_moves_all_but_what_was_named() -> anyhow::Result<()> {
        let variable = |name: &str| (name == "FRONTDESK_DEV_NATS_PORT").then(|| "4222".to_owned());
        let ports = Ports::plan(Some(100), variable)?;
        assert_eq!((ports.nats, ports.nats_monitor, ports.http), (4_222, 18_322, 8_180));
        let from_environment = Ports::plan(None, |name| (name == super::OFFSET).then(|| "100".to_owned()))?;
        assert_eq!(from_environment.postgres, 15_532);
        Ok(())
    }

    #[test]
    fn a_port_that_cannot_work_is_refused_with_a_reason() {
        let named = |wanted: &'static str, value: &'static str| {
            Ports::plan(None, move |name: &str| (name == wanted).then(|| value.to_owned()))
                .map(drop)
                .map_err(|error| error.to_string())
        };
        let message = |result: Result<(), String>| result.err().unwrap_or_default();
        assert!(message(named("FRONTDESK_DEV_NATS_PORT", "54222")).contains("outgoing connections"));
        assert!(message(named("FRONTDESK_DEV_NATS_PORT", "8090")).contains("the WhatsApp simulator"));
        assert!(message(named("FRONTDESK_DEV_NATS_PORT", "nats")).contains("FRONTDESK_DEV_NATS_PORT=nats"));
        assert!(Ports::plan(Some(20_000), nothing).is_err());
        assert!(Ports::plan(Some(65_000), nothing).is_err());
    }
}
