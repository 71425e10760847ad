//! Configuration as a person meets it: files, variables, mistakes.

mod addresses_agree;
mod defaults_file_environment;
mod environment_is_typed_by_defaults;
mod mistakes_are_explained;
mod secrets_stay_hidden;

use settings::{Loader, Settings};

/// Stands for a service's defaults.
const DEFAULTS: &str = r#"
secrets = ["demo.webhook.signature"]

[demo]
http = "127.0.0.1:8080"
batch = 256
ratio = 0.5
enabled = false
phone = "+15550000000"
code = "0000"
words = ["stop", "end"]
ports = [1, 2]
debounce = "2s"

[demo.webhook]
signature = ""
token_file = "/nowhere"

[demo.models]
"#;

fn load(variables: &[(&str, &str)]) -> Result<Settings, settings::Error> {
    loader(variables).load()
}

fn loader(variables: &[(&str, &str)]) -> Loader {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Loader::new().defaults(DEFAULTS).env(variables.collect::<Vec<_>>())
}

/// What loading says about a mistake.
fn mistake(variables: &[(&str, &str)]) -> String {
    match load(variables) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}
