#![doc = include_str!("../README.md")]

mod app;
pub mod bookings;
pub mod bootstrap;
pub mod calendar;
mod config;
pub mod domain;
pub mod grpc;
mod housekeeping;
pub mod http;
mod metrics;
pub mod reminders;
mod say;
pub mod store;

/// How a program runs this service.
pub const SERVICE: runtime::Service = runtime::Service {
    name: "scheduler",
    defaults: include_str!("../defaults.toml"),
    schema: || postgres::Schema::new("scheduler", sqlx::migrate!()),
    prepare: |_| Box::pin(async { Ok(()) }),
    serve: |settings, lifecycle| Box::pin(app::serve(settings, lifecycle)),
};
