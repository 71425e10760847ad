#![doc = include_str!("../README.md")]

mod database;
mod eventually;
mod leash;
mod nats;
mod private_postgres;
mod proxy;
mod server;
mod shared_postgres;
mod template;
mod tools;

pub use database::Database;
pub use eventually::eventually;
pub use nats::Nats;
pub use private_postgres::PrivatePostgres;
pub use proxy::Proxy;

use std::net::TcpListener;

/// A port on loopback that is free now.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// What `main` does first in every program: without it the first HTTP client panics. Harmless when repeated.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
