use std::io::Write;

use serde::Deserialize;
use settings::{Loader, Period};

use crate::{load, loader, mistake};

fn in_file(text: &str) -> anyhow::Result<String> {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile()?;
    file.write_all(text.as_bytes())?;
    let said = match loader(&[]).file(Some(file.path())).load() {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    };
    let path = file.path().display().to_string();
    assert!(said.contains(&path), "{said} does not name the file");
    Ok(said.replace(&path, "FILE"))
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one() -> anyhow::Result<()> {
    assert_eq!(
        in_file("[demo]\nbacht = 1")?,
        "configuration: unknown key demo.bacht (from FILE); did you mean demo.batch?"
    );
    assert_eq!(
        in_file("[demo.webhook]\nsignatur = 'hunter2'")?,
        "configuration: unknown key demo.webhook.signatur (from FILE); did you mean demo.webhook.signature?"
    );
    assert_eq!(
        in_file("[database]\nmaxconnections = 1")?,
        "configuration: unknown key database.maxconnections (from FILE); did you mean database.max_connections?"
    );
    assert_eq!(
        in_file("something_else_entirely = 1")?,
        "configuration: unknown key something_else_entirely (from FILE); \
         remove it, or run check-config to see all known keys"
    );
    assert_eq!(
        mistake(&[("FRONTDESK_DEMO__BACHT", "1")]),
        "configuration: unknown key demo.bacht (from FRONTDESK_DEMO__BACHT); did you mean demo.batch?"
    );
    assert_eq!(
        mistake(&[("FRONTDESK_AUTH__ADMIN_TOKN_FILE", "/x")]),
        "configuration: unknown key auth.admin_tokn_file (from FRONTDESK_AUTH__ADMIN_TOKN_FILE); \
         did you mean auth.admin_token?"
    );
    Ok(())
}

#[test]
fn one_underscore_too_few_is_noticed() {
    for (variable, meant) in [
        ("FRONTDESK_DEMO_BATCH", "FRONTDESK_DEMO__BATCH"),
        ("FRONTDESK_AUTH_ADMIN_TOKEN_FILE", "FRONTDESK_AUTH__ADMIN_TOKEN"),
        ("FRONTDESK_DEMO__WEBHOOK_SIGNATURE", "demo.webhook.signature"),
    ] {
        let said = mistake(&[(variable, "hunter2")]);
        assert!(said.contains(&format!("did you mean {meant}?")), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let said = mistake(&[("FRONTDESK_DEMO__BATCH", "many"), ("FRONTDESK_DEMO__CODEE", "1")]);
    assert!(said.starts_with("configuration: 2 problems\n  - demo.batch must be"), "{said}");
    assert!(said.contains("\n  - unknown key demo.codee"), "{said}");
}

#[test]
fn wrong_types_in_a_file_are_named() -> anyhow::Result<()> {
    assert_eq!(
        in_file("[demo]\nphone = 15551234567")?,
        "configuration: demo.phone must be a text, but FILE gives a whole number"
    );
    assert_eq!(in_file("demo = 'hunter2'")?, "configuration: demo must be a section, but FILE gives a text");
    Ok(())
}

#[test]
fn broken_toml_is_located_without_being_shown() -> anyhow::Result<()> {
    let said = in_file("[auth]\nadmin_token = 'hunter2\nviewer_token = 'x'")?;
    assert!(said.starts_with("configuration: FILE, line 2: not valid TOML"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    Ok(())
}

#[test]
fn missing_files_are_named() {
    let said = match loader(&[]).file(Some("/no/such/file.toml".as_ref())).load() {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(said.contains("cannot read /no/such/file.toml"), "{said}");
    let said = mistake(&[("FRONTDESK_AUTH__ADMIN_TOKEN_FILE", "/no/such/token")]);
    assert!(said.contains("FRONTDESK_AUTH__ADMIN_TOKEN_FILE names a file that cannot be read"), "{said}");
}

#[test]
fn a_key_given_twice_is_refused() {
    let said = mistake(&[("FRONTDESK_DEMO__PHONE", "1"), ("FRONTDESK_DEMO__PHONE_FILE", "/x")]);
    assert_eq!(
        said,
        "configuration: demo.phone is given twice, by FRONTDESK_DEMO__PHONE and by FRONTDESK_DEMO__PHONE_FILE; \
         remove one of the two"
    );
}

#[test]
fn values_without_sense_are_explained_by_key_and_source() -> anyhow::Result<()> {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Demo {
        http: std::net::SocketAddr,
        batch: u8,
        debounce: Period,
        code: Kind,
    }
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        #[serde(rename = "0000")]
        Zero,
        One,
    }
    for (variable, value, expected) in [
        ("FRONTDESK_DEMO__DEBOUNCE", "hunter2", "demo.debounce must be a length of time"),
        ("FRONTDESK_DEMO__HTTP", "hunter2", "demo.http "),
        ("FRONTDESK_DEMO__BATCH", "4711", "demo.batch must be u8"),
        ("FRONTDESK_DEMO__CODE", "hunter2", "demo.code must be one of 0000, one"),
    ] {
        let settings = load(&[("FRONTDESK_DEMO__BATCH", "1"), (variable, value)])?;
        let Err(error) = settings.section::<Demo>("demo") else { anyhow::bail!("{value} accepted") };
        let said = error.to_string();
        assert!(said.contains(expected), "{said}");
        assert!(said.contains(&format!("(from {variable})")), "{said}");
        assert!(!said.contains(value), "{said}");
    }
    Ok(())
}

#[test]
fn wrong_defaults_are_a_mistake_of_the_program() {
    for (defaults, expected) in [
        ("secrets = ['demo.nothing']", "secrets names demo.nothing, which has no default"),
        ("secrets = 'demo'", "secrets must be a list"),
        ("[database]\nurl = ''", "section [database] is declared twice, and differently"),
    ] {
        let Err(error) = Loader::new().defaults(defaults).load() else { panic!("{defaults} accepted") };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// A pause of nothing between two looks, or no calls at all: nothing would ever be sent, and nobody would be told why.
#[test]
fn what_may_not_be_nothing_is_refused_by_name() -> anyhow::Result<()> {
    #[derive(Debug, Deserialize)]
    struct Needed {
        #[serde(deserialize_with = "settings::positive")]
        debounce: Period,
        #[serde(deserialize_with = "settings::at_least_one")]
        batch: usize,
    }
    for (variable, value, expected) in [
        ("FRONTDESK_DEMO__DEBOUNCE", "0s", "demo.debounce must be longer than nothing"),
        ("FRONTDESK_DEMO__BATCH", "0", "demo.batch must be 1 or more"),
    ] {
        let Err(error) = load(&[(variable, value)])?.section::<Needed>("demo") else {
            anyhow::bail!("{value} accepted")
        };
        let said = error.to_string();
        assert!(said.contains(expected) && said.contains(&format!("(from {variable})")), "{said}");
    }
    let read: Needed = load(&[])?.section("demo")?;
    assert_eq!((read.debounce, read.batch), ("2s".parse()?, 256));
    Ok(())
}
