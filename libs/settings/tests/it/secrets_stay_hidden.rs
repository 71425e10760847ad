use settings::{SecretRef, SecretRefError};

use crate::load;

#[test]
fn the_redacted_form_shows_everything_but_secrets() -> anyhow::Result<()> {
    let settings = load(&[
        ("FRONTDESK_DATABASE__URL", "postgres://frontdesk:hunter2@db/frontdesk"),
        ("FRONTDESK_NATS__URL", "nats://user:hunter2@one:4222,nats://two:4222"),
        ("FRONTDESK_AUTH__ADMIN_TOKEN", "hunter2"),
        ("FRONTDESK_DEMO__WEBHOOK__SIGNATURE", "hunter2"),
        ("FRONTDESK_DEMO__MODELS__MAIN__API_KEY", "hunter2"),
        ("FRONTDESK_DEMO__BATCH", "17"),
    ])?;
    let shown = settings.redacted();
    assert!(!shown.contains("hunter2"), "{shown}");
    for line in [
        "url = \"[hidden]\"",
        "url = \"nats://[hidden]@one:4222,nats://two:4222\"",
        "admin_token = \"[hidden]\"",
        "viewer_token = \"\"",
        "signature = \"[hidden]\"",
        "api_key = \"[hidden]\"",
        "batch = 17",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} is not in\n{shown}");
    }
    let again: toml::Table = shown.parse()?;
    assert!(again.contains_key("telemetry"));
    Ok(())
}

#[test]
fn nothing_that_can_be_printed_holds_a_secret() -> anyhow::Result<()> {
    let settings = load(&[
        ("FRONTDESK_DATABASE__URL", "postgres://frontdesk:hunter2@db/frontdesk"),
        ("FRONTDESK_AUTH__ADMIN_TOKEN", "hunter2"),
    ])?;
    let printed = format!("{:?} {:?} {settings:?}", settings.database()?, settings.auth()?);
    assert!(!printed.contains("hunter2"), "{printed}");
    Ok(())
}

#[test]
fn references_are_read_strictly() -> anyhow::Result<()> {
    assert_eq!("env:EVOLUTION_KEY".parse::<SecretRef>()?, SecretRef::Env("EVOLUTION_KEY".into()));
    assert_eq!("file:/run/secrets/key".parse::<SecretRef>()?.to_string(), "file:/run/secrets/key");
    for wrong in
        ["", "hunter2", "env:", "env:1A", "env:A B", "file:", "file:relative/path", "ENV:A", "vault:a"]
    {
        let Err(error) = wrong.parse::<SecretRef>() else { anyhow::bail!("{wrong} accepted") };
        assert!(matches!(error, SecretRefError::Form), "{error}");
        assert!(wrong.is_empty() || !error.to_string().contains("hunter2"));
    }
    let json = serde_json::to_string(&SecretRef::Env("A".into()))?;
    assert_eq!(json, "\"env:A\"");
    assert!(serde_json::from_str::<SecretRef>("\"hunter2\"").is_err());
    Ok(())
}

#[test]
fn references_are_resolved_or_the_reason_is_given() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("key");
    std::fs::write(&path, "hunter2\n")?;
    assert_eq!(SecretRef::File(path.clone()).resolve()?.expose(), "hunter2");
    std::fs::write(&path, "\n")?;
    assert!(matches!(SecretRef::File(path.clone()).resolve(), Err(SecretRefError::EmptyFile(_))));
    std::fs::remove_file(&path)?;
    assert!(matches!(SecretRef::File(path).resolve(), Err(SecretRefError::File { .. })));
    let unset = SecretRef::Env("FRONTDESK_NEVER_SET_ANYWHERE".into()).resolve();
    assert!(unset.is_err_and(|error| error.to_string().contains("is not set")));
    assert!(SecretRef::Env("PATH".into()).resolve().is_ok());
    Ok(())
}
