use std::collections::BTreeMap;
use std::io::Write;

use serde::Deserialize;
use settings::{LogFormat, Period};

use crate::{load, loader};

#[derive(Deserialize)]
struct Demo {
    http: std::net::SocketAddr,
    batch: usize,
    debounce: Period,
    models: BTreeMap<String, BTreeMap<String, String>>,
}

fn file(text: &str) -> anyhow::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

#[test]
fn defaults_hold_where_nothing_else_is_said() -> anyhow::Result<()> {
    let settings = load(&[])?;
    let demo: Demo = settings.section("demo")?;
    assert_eq!((demo.http.port(), demo.batch), (8080, 256));
    assert_eq!(demo.debounce.duration().as_secs(), 2);
    assert!(settings.database()?.url.is_empty());
    assert_eq!(settings.nats()?.replicas, 1);
    assert_eq!(settings.telemetry()?.format, LogFormat::Json);
    assert!(settings.auth()?.admin_token.is_empty());
    Ok(())
}

#[test]
fn the_file_wins_over_defaults_and_the_environment_over_both() -> anyhow::Result<()> {
    let file = file("[demo]\nbatch = 10\nhttp = '127.0.0.1:1'\n[telemetry]\nformat = 'text'")?;
    let settings = loader(&[("FRONTDESK_DEMO__BATCH", "20")]).file(Some(file.path())).load()?;
    let demo: Demo = settings.section("demo")?;
    assert_eq!((demo.http.port(), demo.batch), (1, 20));
    assert_eq!(settings.telemetry()?.format, LogFormat::Text);
    Ok(())
}

#[test]
fn a_section_with_free_names_takes_any() -> anyhow::Result<()> {
    let file = file("[demo.models.main]\nname = 'small'\n[demo.models.other]\nname = 'large'")?;
    let name = ("FRONTDESK_DEMO__MODELS__MAIN__NAME", "12345");
    let demo: Demo = loader(&[name]).file(Some(file.path())).load()?.section("demo")?;
    assert_eq!(demo.models.len(), 2);
    assert_eq!(demo.models["main"]["name"], "12345");
    Ok(())
}

#[test]
fn sections_of_other_programs_are_passed_over() -> anyhow::Result<()> {
    let file = file("[delivery]\nanything = 1\n[demo]\nbatch = 10")?;
    let foreign = ("FRONTDESK_DELIVERY__ANYTHING", "2");
    let settings = loader(&[foreign]).foreign(["delivery", "demo"]).file(Some(file.path())).load()?;
    assert_eq!(settings.section::<Demo>("demo")?.batch, 10, "one's own section is never foreign");
    Ok(())
}

#[test]
fn variables_of_others_are_none_of_our_business() -> anyhow::Result<()> {
    load(&[
        ("PATH", "/bin"),
        ("FRONTDESK_DATABASE_URL", "postgres://given-to-the-tasks"),
        ("FRONTDESK_TEST_DATABASE_URL", "postgres://given-to-the-tests"),
        ("FRONTDESK_CONFIG", "/etc/frontdesk.toml"),
    ])?;
    Ok(())
}

#[test]
fn services_may_share_a_section() -> anyhow::Result<()> {
    let settings = loader(&[("FRONTDESK_DEMO__BATCH", "7")]).defaults(crate::DEFAULTS).load()?;
    assert_eq!(settings.section::<Demo>("demo")?.batch, 7);
    Ok(())
}
