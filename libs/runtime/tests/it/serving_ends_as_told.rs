use crate::{Serving, lines, migrated, text};

#[tokio::test]
async fn either_signal_drains_and_gives_exit_code_0() -> anyhow::Result<()> {
    let database = migrated().await?;
    for signal in ["TERM", "INT"] {
        let serving = Serving::start(&database, &[]).await?;
        serving.signal(signal)?;
        let done = serving.ended().await?;
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        let lines = lines(&done)?;
        let said = |message: &str| lines.iter().find(|line| line["message"] == message).cloned();
        assert_eq!(said("stopping").map(|line| line["signal"].clone()), Some(format!("SIG{signal}").into()));
        assert_eq!(said("work is done").map(|line| line["service"].clone()), Some("ingest".into()));
    }
    Ok(())
}

#[tokio::test]
async fn a_failing_task_ends_the_process_and_is_named() -> anyhow::Result<()> {
    let database = migrated().await?;
    for (ending, cause) in [("failure", "the work cannot be done"), ("panic", "a bug")] {
        let serving = Serving::start(&database, &[("FRONTDESK_INGEST__ENDING", ending)]).await?;
        let done = serving.ended().await?;
        assert_eq!(done.status.code(), Some(1));
        let lines = lines(&done)?;
        let failed = lines.iter().find(|line| line["message"] == "task failed; stopping the process");
        let failed = failed.cloned().unwrap_or_default();
        assert_eq!((&failed["task"], &failed["cause"]), (&"work".into(), &cause.into()), "{lines:?}");
        assert_eq!(failed["service"], "ingest");
    }
    Ok(())
}

#[tokio::test]
async fn a_service_that_cannot_start_ends_the_process() -> anyhow::Result<()> {
    let database = migrated().await?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let addr = taken.local_addr()?.to_string();
    let done = crate::on(&database, &["serve"])?.env("FRONTDESK_INGEST__ADMIN", &addr).output()?;
    assert_eq!(done.status.code(), Some(1));
    assert!(
        text(&done.stdout).contains(&format!("cannot open the admin port {addr}")),
        "{}",
        text(&done.stdout)
    );
    Ok(())
}
