use std::io::Write;

use serde::Deserialize;

use crate::{load, mistake};

#[derive(Debug, Deserialize, PartialEq)]
struct Demo {
    batch: i64,
    ratio: f64,
    enabled: bool,
    phone: String,
    code: String,
    words: Vec<String>,
    ports: Vec<u16>,
}

fn demo(variables: &[(&str, &str)]) -> anyhow::Result<Demo> {
    Ok(load(variables)?.section("demo")?)
}

#[test]
fn texts_stay_the_texts_they_are() -> anyhow::Result<()> {
    for text in
        ["+15551234567", "0123", "true", "12345", "[a]", "{}", "", " spaced ", "\"quoted\"", "1e5", "a=b"]
    {
        let demo = demo(&[("FRONTDESK_DEMO__PHONE", text), ("FRONTDESK_DEMO__CODE", text)])?;
        assert_eq!((demo.phone.as_str(), demo.code.as_str()), (text, text));
    }
    Ok(())
}

#[test]
fn other_types_are_read_where_the_default_has_them() -> anyhow::Result<()> {
    let demo = demo(&[
        ("FRONTDESK_DEMO__BATCH", "-12"),
        ("FRONTDESK_DEMO__RATIO", "2"),
        ("FRONTDESK_DEMO__ENABLED", "true"),
    ])?;
    assert_eq!((demo.batch, demo.ratio, demo.enabled), (-12, 2.0, true));
    Ok(())
}

#[test]
fn lists_are_written_with_commas_or_as_toml() -> anyhow::Result<()> {
    for words in ["halt, +15551234567", r#"["halt", "+15551234567"]"#] {
        let demo = demo(&[("FRONTDESK_DEMO__WORDS", words), ("FRONTDESK_DEMO__PORTS", "80,443")])?;
        assert_eq!(demo.words, ["halt", "+15551234567"]);
        assert_eq!(demo.ports, [80, 443]);
    }
    assert!(demo(&[("FRONTDESK_DEMO__WORDS", "")])?.words.is_empty());
    Ok(())
}

#[test]
fn what_does_not_fit_is_named_but_not_repeated() {
    for (variable, value, expected) in [
        ("FRONTDESK_DEMO__BATCH", "hunter2", "demo.batch must be a whole number"),
        ("FRONTDESK_DEMO__BATCH", "1.5", "demo.batch must be a whole number"),
        ("FRONTDESK_DEMO__RATIO", "NaN", "demo.ratio must be a number"),
        ("FRONTDESK_DEMO__ENABLED", "yes", "demo.enabled must be true or false"),
        ("FRONTDESK_DEMO__PORTS", "80,hunter2", "demo.ports must be a whole number"),
        ("FRONTDESK_DEMO__WORDS", "[hunter2", "demo.words must be a list"),
        ("FRONTDESK_DEMO__WEBHOOK", "hunter2", "demo.webhook must be a section"),
    ] {
        let said = mistake(&[(variable, value)]);
        assert!(said.contains(expected), "{said}");
        assert!(said.contains(variable), "{said}");
        assert!(!said.contains(value), "{said}");
    }
}

#[test]
fn a_file_variable_gives_the_files_content_without_its_last_line_break() -> anyhow::Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(b"+15551234567\n")?;
    let path = file.path().display().to_string();
    assert_eq!(demo(&[("FRONTDESK_DEMO__PHONE_FILE", &path)])?.phone, "+15551234567");
    file.as_file().set_len(0)?;
    std::fs::write(file.path(), "17\r\n")?;
    assert_eq!(demo(&[("FRONTDESK_DEMO__BATCH_FILE", &path)])?.batch, 17);
    Ok(())
}

#[test]
fn a_key_that_ends_in_file_is_itself() -> anyhow::Result<()> {
    #[derive(Deserialize)]
    struct Webhook {
        token_file: String,
    }
    #[derive(Deserialize)]
    struct Demo {
        webhook: Webhook,
    }
    let demo: Demo = load(&[("FRONTDESK_DEMO__WEBHOOK__TOKEN_FILE", "/some/path")])?.section("demo")?;
    assert_eq!(demo.webhook.token_file, "/some/path");
    Ok(())
}
