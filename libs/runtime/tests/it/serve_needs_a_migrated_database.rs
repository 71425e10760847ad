use testkit::Database;

use crate::{lines, migrated, on, text};

#[tokio::test]
async fn it_refuses_to_start_with_pending_migrations() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let done = on(&database, &["serve"])?.output()?;
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(
        text(&done.stderr),
        "error: schema ingest lacks migrations [1]; run the migrate command, then start again\n"
    );
    Ok(())
}

#[tokio::test]
async fn it_refuses_to_start_without_a_role() -> anyhow::Result<()> {
    let done = crate::command(&["serve"])?.output()?;
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done.stderr).contains("FRONTDESK_DATABASE__URL"), "{}", text(&done.stderr));
    Ok(())
}

#[tokio::test]
async fn migrating_again_says_that_nothing_was_to_be_done() -> anyhow::Result<()> {
    let database = migrated().await?;
    let done = on(&database, &["migrate"])?.output()?;
    assert!(done.status.success());
    let lines = lines(&done)?;
    let line = lines.iter().find(|line| line["message"] == "schema is up to date");
    assert_eq!(
        line.map(|line| (line["schema"].clone(), line["steps"].clone())),
        Some(("ingest".into(), 0.into()))
    );
    Ok(())
}
