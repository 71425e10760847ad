use std::time::Duration;

use async_nats::jetstream::consumer::pull;
use bus::streams;
use e2e::{Inbox, Servers, Stack};
use testkit::Database;

const SOON: Duration = Duration::from_secs(20);
const TIMES: u64 = 7;

/// A process that stands still burns deliveries without trying anything. The row counts tries, not the broker: nothing is
/// given up, and what the broker will never deliver again is found by its row.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_stopped_past_ack_wait_seven_times_gives_nothing_up() -> anyhow::Result<()> {
    let mut stack = Stack::prepared(Servers::Shared(Database::fresh(&[]).await?), &[]).await?;
    let bus = stack.bus().await?;
    // The service never changes a consumer that is there. This one is as its own, but for its patience.
    let hasty = pull::Config {
        durable_name: Some("conversation".into()),
        filter_subject: "fd.in.v1.>".into(),
        ack_wait: Duration::from_millis(150),
        max_deliver: 3,
        ..pull::Config::default()
    };
    bus.jetstream().get_stream(streams::FD_IN).await?.create_consumer(hasty).await?;
    stack.program.start().await?;
    let inbox = Inbox::of(&stack).await?;
    for n in 1..=TIMES {
        let phone = format!("44770097000{n}");
        stack.program.freeze().await?;
        let key = inbox.accept(&phone, "hi").await?;
        bus.wake(streams::inbound_subject(inbox.tenant), key).await;
        bus.flush().await;
        let given_up = async || {
            let mut announced = bus.jetstream().get_stream(streams::FD_ADV).await.ok()?;
            (announced.info().await.ok()?.state.last_sequence >= n).then_some(())
        };
        testkit::eventually(SOON, "the broker gives the wake-up up", given_up).await?;
        if n < TIMES {
            stack.program.thaw().await?;
        } else {
            // Whatever was delivered to it is gone, and the broker delivers it to nobody else.
            stack.program.kill9().await?;
            stack.program.start().await?;
        }
        stack.hears(&phone, 1, SOON).await?;
    }
    stack.is_done(SOON).await?;
    for n in 1..=TIMES {
        assert_eq!(stack.sent_to(&format!("44770097000{n}")).len(), 1);
    }
    for (what, sql) in [
        ("no try is counted", "select count(*) from conversation.item where attempts > 0 or state <> 'done'"),
        ("there is no dead letter", "select count(*) from alerting.dead_letter"),
    ] {
        stack.counts(0, what, sql, Duration::from_secs(1)).await?;
    }
    Ok(())
}
