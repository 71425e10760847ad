use std::time::Duration;

use e2e::Stack;

/// SIGTERM: what is under way is finished, keys and channels go back at once, the exit code is 0, and the next process goes
/// on without waiting for a lease to end.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing_and_waits_for_nothing() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    for n in 0..20 {
        stack.customer(&format!("4477009400{n:02}"), "hi")?;
    }
    assert_eq!(stack.program.stop().await?, Some(0), "{}", stack.program.log_tail());
    let rows = stack.rows().await?;
    let owned: i64 = sqlx::query_scalar(
        "select (select count(*) from conversation.work where owner is not null)
              + (select count(*) from delivery.work where owner is not null)",
    )
    .fetch_one(&rows)
    .await?;
    assert_eq!(owned, 0);
    stack.program.start().await?;
    for n in 0..20 {
        let phone = format!("4477009400{n:02}");
        stack.hears(&phone, 1, Duration::from_secs(20)).await?;
        assert_eq!(stack.sent_to(&phone).len(), 1);
    }
    Ok(())
}
