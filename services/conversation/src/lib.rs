#![doc = include_str!("../README.md")]

mod app;
mod bootstrap;
mod brain;
pub mod channels;
pub mod clients;
mod config;
pub mod domain;
mod drafted;
mod grpc;
mod http;
mod links;
pub mod media;
mod metrics;
pub mod model;
mod profiles;
pub mod prune_seen;
pub mod store;
pub mod texts;
pub mod turn;
mod worker;

/// How a program runs this service.
pub const SERVICE: runtime::Service = runtime::Service {
    name: "conversation",
    defaults: include_str!("../defaults.toml"),
    schema: || {
        postgres::Schema::new("conversation", sqlx::migrate!()).with_template(1, "work", work::TEMPLATE)
    },
    prepare: |settings| Box::pin(app::prepare(settings)),
    serve: |settings, lifecycle| Box::pin(app::serve(settings, lifecycle)),
};
