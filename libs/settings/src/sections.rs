use serde::Deserialize;

use crate::{Error, Secret, Settings};

/// `[database]`: how to reach PostgreSQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://user:password@host:port/name`.
    pub url: Secret,
    /// The most connections one pool may hold.
    pub max_connections: u32,
}

/// `[nats]`: how to reach the broker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nats {
    /// One or more addresses, separated by commas.
    pub url: String,
    /// Copies of each stream.
    pub replicas: usize,
}

/// `[auth]`: the bearer token of each role. An empty token means that nobody has the role.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// May read.
    pub viewer_token: Secret,
    /// May also repair.
    pub operator_token: Secret,
    /// May also configure and destroy.
    pub admin_token: Secret,
    /// What the services show each other.
    pub service_token: Secret,
}

/// `[telemetry]`: what is logged and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// Tracing directives, for example `info,delivery=debug`.
    pub log: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// `[bootstrap]`: what is declared in a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// Its path; empty for none.
    pub file: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

impl Settings {
    /// The shared section `[database]`.
    pub fn database(&self) -> Result<Database, Error> {
        self.section("database")
    }

    /// The shared section `[nats]`.
    pub fn nats(&self) -> Result<Nats, Error> {
        self.section("nats")
    }

    /// The shared section `[auth]`.
    pub fn auth(&self) -> Result<Auth, Error> {
        self.section("auth")
    }

    /// The shared section `[bootstrap]`.
    pub fn bootstrap(&self) -> Result<Bootstrap, Error> {
        self.section("bootstrap")
    }

    /// The shared section `[telemetry]`.
    pub fn telemetry(&self) -> Result<Telemetry, Error> {
        self.section("telemetry")
    }
}
