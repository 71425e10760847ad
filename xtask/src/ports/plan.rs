//! Which port is for what.

use anyhow::{Context as _, bail, ensure};

/// The services in the order of their ports.
pub const SERVICES: [&str; 5] = ["ingest", "conversation", "delivery", "scheduler", "alerting"];

// The defaults, which are also in the services' own defaults and in the documentation.
const NATS: u16 = 14_222;
const NATS_MONITOR: u16 = 18_222;
const POSTGRES: u16 = 15_432;
const HTTP: u16 = 8_080;
const GRPC: u16 = 9_080;
const ADMIN: u16 = 7_080;
const WHATSAPP: u16 = 8_090;
const MODEL: u16 = 8_091;

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
            nats: port("FRONTDESK_DEV_NATS_PORT", NATS)?,
            nats_monitor: port("FRONTDESK_DEV_NATS_MONITOR_PORT", NATS_MONITOR)?,
            postgres: port("FRONTDESK_DEV_POSTGRES_PORT", POSTGRES)?,
            http: port("FRONTDESK_DEV_HTTP_PORT", HTTP)?,
            grpc: port("FRONTDESK_DEV_GRPC_PORT", GRPC)?,
            admin: port("FRONTDESK_DEV_ADMIN_PORT", ADMIN)?,
            whatsapp: port("FRONTDESK_DEV_WHATSAPP_PORT", WHATSAPP)?,
            model: port("FRONTDESK_DEV_MODEL_PORT", MODEL)?,
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

    /// Where what listens on `default` by default listens in this run; `None` for a port that is not one of ours.
    pub fn in_place_of(&self, default: u16) -> Option<u16> {
        let singles = [
            (NATS, self.nats),
            (NATS_MONITOR, self.nats_monitor),
            (POSTGRES, self.postgres),
            (WHATSAPP, self.whatsapp),
            (MODEL, self.model),
        ];
        let single = singles.into_iter().find_map(|(known, port)| (known == default).then_some(port));
        let ranges = [(HTTP, self.http), (GRPC, self.grpc), (ADMIN, self.admin)];
        let of_service = ranges.into_iter().find_map(|(first, moved)| {
            let i = default.checked_sub(first)?;
            (usize::from(i) < SERVICES.len()).then(|| moved.saturating_add(i))
        });
        single.or(of_service)
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
    fn every_default_is_known_by_its_number() -> anyhow::Result<()> {
        let ports = Ports::plan(Some(100), nothing)?;
        for (default, moved) in
            [(14_222, 14_322), (8_080, 8_180), (9_084, 9_184), (7_081, 7_181), (8_091, 8_191)]
        {
            assert_eq!(ports.in_place_of(default), Some(moved), "{default}");
        }
        assert_eq!((ports.in_place_of(8_085), ports.in_place_of(443)), (None, None));
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
