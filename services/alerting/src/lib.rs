#![doc = include_str!("../README.md")]

mod app;
pub mod clients;
mod close;
mod config;
pub mod domain;
mod forget;
mod grpc;
pub mod intake;
mod metrics;
pub mod notify;
pub mod owners;
pub mod store;
pub mod tellers;
pub mod watch;

/// How a program runs this service.
pub const SERVICE: runtime::Service = runtime::Service {
    name: "alerting",
    defaults: include_str!("../defaults.toml"),
    schema: || postgres::Schema::new("alerting", sqlx::migrate!()),
    prepare: |_| Box::pin(async { Ok(()) }),
    serve: |settings, lifecycle| Box::pin(app::serve(settings, lifecycle)),
};
