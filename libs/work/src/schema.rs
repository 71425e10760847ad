/// The heart's rows and steps with `{schema}` for the schema's name.
pub const TEMPLATE: &str = include_str!("../sql/work.sql");

/// The first migration of a schema that uses ordered work.
#[must_use]
pub fn migration_sql(schema: &str) -> String {
    TEMPLATE.replace("{schema}", schema)
}

/// The statements this library runs, written once for a schema.
#[derive(Debug)]
pub(crate) struct Statements {
    pub heartbeat: String,
    pub claim: String,
    pub start_alone: String,
    pub release: String,
    pub defer: String,
    pub hand_back: String,
    pub owned: String,
    pub sweep: String,
    pub forget_instances: String,
    pub leave: String,
}

impl Statements {
    pub fn of(schema: &str) -> Self {
        let write = |text: &str| text.replace("{schema}", schema);
        Self {
            heartbeat: write("select {schema}.heartbeat($1)"),
            claim: write("select key, verdict, epoch, done_seq, wait_ms from {schema}.claim($1, $2)"),
            start_alone: write("select {schema}.start_alone($1, $2, $3)"),
            release: write("select key, released from {schema}.release($1, $2, $3)"),
            defer: write("select {schema}.defer($1, $2, $3, $4)"),
            hand_back: write("select {schema}.hand_back($1, $2, $3)"),
            owned: write("select key, epoch from {schema}.work where owner = $1"),
            sweep: write("select key, tenant_id from {schema}.sweep($1, $2 * interval '1 millisecond')"),
            forget_instances: write("select {schema}.forget_instances()"),
            leave: write("delete from {schema}.instance where id = $1"),
        }
    }
}
