//! Migrating and connecting, on a real server.

mod a_busy_table_is_waited_for;
mod a_failed_migration_is_rolled_back;
mod errors_give_cause_and_next_step;
mod limits_are_set;
mod migrating_again_is_harmless;
mod pending_is_known_before_serving;
mod schemas_are_closed_to_others;

use postgres::Schema;
use sqlx::migrate::Migrator;

/// A schema with the given steps, numbered from 1.
fn schema(name: &'static str, steps: &[&'static str]) -> Schema {
    let none = Schema::new(name, Migrator::with_migrations(Vec::new()));
    (1..).zip(steps).fold(none, |schema, (version, step)| schema.with_template(version, "a step", step))
}
