#![doc = include_str!("../README.md")]

mod agree;
mod decode;
mod environment;
mod error;
mod known;
mod layer;
mod loader;
mod period;
mod redact;
mod secret;
mod secret_ref;
mod sections;

pub use error::{Error, Problem};
pub use loader::{Loader, Settings};
pub use period::{Period, PeriodError, at_least_one, positive};
pub use secret::Secret;
pub use secret_ref::{SecretRef, SecretRefError};
pub use sections::{Auth, Bootstrap, Database, LogFormat, Nats, Telemetry};
