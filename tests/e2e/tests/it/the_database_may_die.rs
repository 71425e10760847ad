use std::time::Duration;

use e2e::{Servers, Stack};

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_while_the_database_is_down_is_answered_once_it_is_back() -> anyhow::Result<()> {
    let mut stack = Stack::private().await?;
    stack.customer("447700930001", "hi")?;
    stack.hears("447700930001", 1, Duration::from_secs(20)).await?;
    let Servers::Private(postgres) = &mut stack.postgres else { anyhow::bail!("not a private server") };
    postgres.kill9()?;
    // Refused with 503, and delivered again by the provider: nothing is accepted that is not on disk.
    stack.whatsapp.customer_writes("447700930002", simulators::whatsapp::PhoneMessage::text("hi"))?;
    let Servers::Private(postgres) = &mut stack.postgres else { anyhow::bail!("not a private server") };
    postgres.restart().await?;
    stack.hears("447700930002", 1, Duration::from_secs(40)).await?;
    stack.customer("447700930003", "hi")?;
    stack.hears("447700930003", 1, Duration::from_secs(20)).await?;
    for phone in ["447700930001", "447700930002", "447700930003"] {
        assert_eq!(stack.sent_to(phone).len(), 1, "{phone}");
    }
    Ok(())
}
