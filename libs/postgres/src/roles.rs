use sqlx::{AssertSqlSafe, PgConnection};

/// The services, which are also the schemas; each has a role `<name>_app`. A migration may grant to any of the five,
/// so all roles exist before the first migration runs.
pub const SCHEMAS: [&str; 5] = ["ingest", "conversation", "delivery", "scheduler", "alerting"];

/// Makes roles, schemas and default rights. Harmless when they are there already.
pub(crate) async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // What the migrating user creates from now on is callable by nobody unless granted.
    sqlx::raw_sql("alter default privileges revoke execute on functions from public")
        .execute(&mut *connection)
        .await?;
    for schema in SCHEMAS {
        sqlx::raw_sql(AssertSqlSafe(statements(schema))).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Roles belong to the whole server, so two databases may be prepared at once: whoever comes second finds the role
/// there (`duplicate_object`) or sees the first one's row appear (`unique_violation`).
fn statements(schema: &str) -> String {
    format!(
        "do $$ begin
           if not exists (select from pg_roles where rolname = '{schema}_app') then
             create role {schema}_app nologin;
           end if;
         exception when duplicate_object or unique_violation then null;
         end $$;
         do $$ begin
           if not pg_has_role(current_user, '{schema}_app', 'set') then
             execute format('grant {schema}_app to %I', current_user);
           end if;
         end $$;
         create schema if not exists {schema};
         grant usage on schema {schema} to {schema}_app;
         alter default privileges in schema {schema}
           grant select, insert, update, delete on tables to {schema}_app;
         alter default privileges in schema {schema} grant usage on sequences to {schema}_app;
         alter default privileges in schema {schema} grant execute on functions to {schema}_app;"
    )
}
