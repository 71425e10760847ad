use settings::Settings;

use crate::Lifecycle;

/// A boxed future, as the function pointers below return it.
pub type BoxFuture<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// What a program has to know about a service in order to run it. One constant per service crate:
///
/// ```ignore
/// pub const SERVICE: runtime::Service = runtime::Service {
///     name: "ingest",
///     defaults: include_str!("../defaults.toml"),
///     schema: || postgres::Schema::new("ingest", sqlx::migrate!()),
///     prepare: |_settings| Box::pin(async { Ok(()) }),
///     serve: |settings, lifecycle| Box::pin(app::serve(settings, lifecycle)),
/// };
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Name of the folder, crate, schema, configuration section and log field.
    pub name: &'static str,
    /// The commented defaults of the service's own section.
    pub defaults: &'static str,
    /// The service's part of the database.
    pub schema: fn() -> postgres::Schema,
    /// What else the migrate command makes for this service after the schemas, such as streams. Must be harmless
    /// when run again.
    pub prepare: fn(Settings) -> BoxFuture<anyhow::Result<()>>,
    /// Builds the service and spawns its tasks on the lifecycle. May return once they run, or run until
    /// `lifecycle.stopping()`; an error stops the process.
    pub serve: fn(Settings, Lifecycle) -> BoxFuture<anyhow::Result<()>>,
}
