#![doc = include_str!("../README.md")]

mod accept;
mod app;
mod channels;
mod config;
pub mod domain;
mod grpc;
mod housekeeping;
mod http;
mod intake;
mod metrics;
pub mod providers;
mod quarantine;
mod repair;
mod scrub;
mod statistics;
mod store;
mod traffic;

pub use app::{Addresses, start};

/// How a program runs this service.
pub const SERVICE: runtime::Service = runtime::Service {
    name: "ingest",
    defaults: include_str!("../defaults.toml"),
    schema: || postgres::Schema::new("ingest", sqlx::migrate!()),
    prepare: |_| Box::pin(async { Ok(()) }),
    serve: |settings, lifecycle| Box::pin(app::serve(settings, lifecycle)),
};
