#![doc = include_str!("../README.md")]

mod database;
mod eventually;
mod leash;
mod nats;
mod ports;
mod private_postgres;
mod proxy;
mod server;
mod shared_postgres;
mod template;
mod tools;

pub use database::Database;
pub use eventually::eventually;
pub use nats::Nats;
pub use ports::free_port;
pub use private_postgres::PrivatePostgres;
pub use proxy::Proxy;

/// What `main` does first in every program: without it the first HTTP client panics. Harmless when repeated.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
