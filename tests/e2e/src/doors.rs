use std::collections::BTreeMap;

/// The services, in the order of their ports in development.
pub const SERVICES: [&str; 5] = ["ingest", "conversation", "delivery", "scheduler", "alerting"];

/// Where one process of the program listens: ports nobody else has.
#[derive(Clone, Debug)]
pub struct Doors {
    /// Public HTTP.
    pub webhooks: String,
    /// Files, by signed link.
    pub files: String,
    /// HTTP of delivery, for other programs.
    pub messages: String,
    /// HTTP of scheduler, for other programs.
    pub bookings: String,
    /// gRPC by service.
    pub grpc: BTreeMap<&'static str, String>,
    /// Probes and metrics by service.
    pub admin: BTreeMap<&'static str, String>,
}

impl Doors {
    /// Fourteen free ports.
    pub(crate) fn free() -> anyhow::Result<Self> {
        Ok(Self {
            webhooks: port()?,
            files: port()?,
            messages: port()?,
            bookings: port()?,
            grpc: each()?,
            admin: each()?,
        })
    }

    /// The same as settings.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let mut settings = vec![
            ("FRONTDESK_INGEST__HTTP".to_owned(), self.webhooks.clone()),
            ("FRONTDESK_CONVERSATION__HTTP".to_owned(), self.files.clone()),
            ("FRONTDESK_MEDIA__PUBLIC_URL".to_owned(), format!("http://{}", self.files)),
            ("FRONTDESK_DELIVERY__HTTP".to_owned(), self.messages.clone()),
            ("FRONTDESK_SCHEDULER__HTTP".to_owned(), self.bookings.clone()),
        ];
        for service in SERVICES {
            let section = service.to_uppercase();
            settings.push((format!("FRONTDESK_{section}__GRPC"), self.grpc[service].clone()));
            settings.push((format!("FRONTDESK_{section}__ADMIN"), self.admin[service].clone()));
        }
        let neighbours = [
            ("INGEST__DELIVERY", "delivery"),
            ("CONVERSATION__SCHEDULER", "scheduler"),
            ("CONVERSATION__DELIVERY", "delivery"),
            ("ALERTING__CONVERSATION", "conversation"),
            ("ALERTING__DELIVERY", "delivery"),
            ("ALERTING__SCHEDULER", "scheduler"),
            ("ALERTING__INGEST", "ingest"),
        ];
        settings.extend(
            neighbours.map(|(key, of)| (format!("FRONTDESK_{key}"), format!("http://{}", self.grpc[of]))),
        );
        settings
    }
}

fn each() -> anyhow::Result<BTreeMap<&'static str, String>> {
    SERVICES.into_iter().map(|service| Ok((service, port()?))).collect()
}

fn port() -> anyhow::Result<String> {
    Ok(format!("127.0.0.1:{}", testkit::free_port()?))
}
