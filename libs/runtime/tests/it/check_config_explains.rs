use std::io::Write;

use crate::{command, text};

#[test]
fn the_configuration_is_shown_without_secrets() -> anyhow::Result<()> {
    let done = command(&["check-config"])?
        .env("FRONTDESK_DATABASE__URL", "postgres://u:hunter2@db/front")
        .env("FRONTDESK_AUTH__ADMIN_TOKEN", "hunter2")
        .env("FRONTDESK_INGEST__ENDING", "failure")
        .output()?;
    assert!(done.status.success(), "{}", text(&done.stderr));
    let shown = text(&done.stdout);
    assert!(
        shown.contains("ending = \"failure\"") && shown.contains("admin_token = \"[hidden]\""),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    Ok(())
}

#[test]
fn a_mistake_is_explained_and_the_exit_code_is_1() -> anyhow::Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(b"[ingest]\nadmim = '127.0.0.1:1'\n[delivery]\nanything = 1")?;
    let path = file.path().display().to_string();
    for arguments in [["check-config", "--config", &path], ["--config", &path, "serve"]] {
        let done = command(&arguments)?.output()?;
        assert_eq!(done.status.code(), Some(1));
        let said = text(&done.stderr);
        let expected = format!(
            "error: configuration: unknown key ingest.admim (from {path}); did you mean ingest.admin?\n"
        );
        assert_eq!(said, expected);
    }
    Ok(())
}

#[test]
fn the_file_can_be_named_by_the_environment() -> anyhow::Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(b"[ingest]\nending = 'panic'")?;
    let done = command(&["check-config"])?.env("FRONTDESK_CONFIG", file.path()).output()?;
    assert!(text(&done.stdout).contains("ending = \"panic\""));
    Ok(())
}

#[test]
fn without_a_command_the_commands_are_listed() -> anyhow::Result<()> {
    let done = command(&[])?.output()?;
    assert_eq!(done.status.code(), Some(2));
    let said = text(&done.stderr);
    for command in ["serve", "migrate", "check-config"] {
        assert!(said.contains(command), "{said}");
    }
    Ok(())
}
