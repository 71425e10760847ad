use std::time::Duration;

use e2e::Stack;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_after_the_broker_is_killed() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    stack.customer("447700910001", "hi")?;
    stack.hears("447700910001", 1, SOON).await?;
    stack.nats.kill9()?;
    // Accepted all the same, and answered: the rows say what is to be done, and the sweeper looks by itself.
    stack.customer("447700910002", "hi")?;
    stack.hears("447700910002", 1, SOON).await?;
    stack.nats.restart().await?;
    stack.customer("447700910003", "hi")?;
    stack.hears("447700910003", 1, SOON).await?;
    assert_eq!(stack.sent_to("447700910001").len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_after_the_brokers_store_is_wiped() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    stack.customer("447700920001", "hi")?;
    stack.hears("447700920001", 1, SOON).await?;
    stack.nats.wipe_store().await?;
    for n in 2..12 {
        stack.customer(&format!("4477009200{n:02}"), "hi")?;
    }
    for n in 2..12 {
        stack.hears(&format!("4477009200{n:02}"), 1, SOON).await?;
    }
    for n in 1..12 {
        assert_eq!(stack.sent_to(&format!("4477009200{n:02}")).len(), 1);
    }
    Ok(())
}
