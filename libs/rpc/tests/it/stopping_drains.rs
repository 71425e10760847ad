use std::process::ExitCode;
use std::time::Duration;

use contract::work::v1::WakeKeyRequest;
use tonic::Code;

use crate::Running;

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_call_under_way_is_finished_and_a_new_one_refused() -> anyhow::Result<()> {
    let server = Running::start().await?;
    let mut client = server.client("service-token")?;
    let under_way = tokio::spawn(async move { client.wake_key(WakeKeyRequest::default()).await });
    testkit::eventually(LONG, "the call has arrived", async || {
        (server.gate.receiver_count() > 1).then_some(())
    })
    .await?;

    let lifecycle = server.lifecycle.clone();
    let ended = tokio::spawn(async move { lifecycle.run_until_signal(LONG).await });
    server.lifecycle.stop();
    let mut late = server.client("service-token")?;
    testkit::eventually(LONG, "new connections are refused", async || {
        late = server.client("service-token").ok()?;
        let refused =
            late.list_dead_items(contract::work::v1::ListDeadItemsRequest::default()).await.err()?;
        (refused.code() == Code::Unavailable).then_some(())
    })
    .await?;
    assert!(!under_way.is_finished());
    server.gate.send_replace(true);
    assert_eq!(under_way.await??.into_inner().waiting, 1);
    assert_eq!(ended.await?, ExitCode::SUCCESS);
    Ok(())
}

#[tokio::test]
async fn a_call_that_does_not_end_is_dropped_at_the_cut() -> anyhow::Result<()> {
    let server = Running::start().await?;
    let mut client = server.client("service-token")?;
    let under_way = tokio::spawn(async move { client.wake_key(WakeKeyRequest::default()).await });
    testkit::eventually(LONG, "the call has arrived", async || {
        (server.gate.receiver_count() > 1).then_some(())
    })
    .await?;
    server.lifecycle.stop();
    let ended = server.lifecycle.run_until_signal(Duration::from_millis(50)).await;
    assert_eq!(ended, ExitCode::SUCCESS);
    let Err(status) = under_way.await? else { anyhow::bail!("answered") };
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    Ok(())
}
