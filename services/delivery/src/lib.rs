#![doc = include_str!("../README.md")]

mod app;
pub mod campaigns;
mod config;
pub mod dispatch;
pub mod domain;
mod escalation;
mod gauges;
mod grpc;
mod hearing;
mod http;
mod metrics;
pub mod providers;
pub mod prune;
pub mod send;
mod setup;
mod silence;
pub mod store;
mod tidy;

/// How a program runs this service.
pub const SERVICE: runtime::Service = runtime::Service {
    name: "delivery",
    defaults: include_str!("../defaults.toml"),
    schema: || postgres::Schema::new("delivery", sqlx::migrate!()).with_template(1, "work", work::TEMPLATE),
    prepare: |settings| Box::pin(app::prepare(settings)),
    serve: |settings, lifecycle| Box::pin(app::serve(settings, lifecycle)),
};
