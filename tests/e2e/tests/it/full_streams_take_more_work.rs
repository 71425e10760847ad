use std::time::Duration;

use async_nats::jetstream::{consumer::pull, stream::State};
use bus::{Bus, streams};
use e2e::{Inbox, Servers, Stack};
use testkit::Database;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(20);
/// Small enough to be filled in a moment; everything else is as the table of streams says.
const ROOM: i64 = 64 * 1024;

/// A stream that is full of acknowledged wake-ups makes room for new ones.
#[tokio::test(flavor = "multi_thread")]
async fn at_max_bytes_old_wake_ups_go_and_new_ones_come() -> anyhow::Result<()> {
    let mut stack = Stack::prepared(Servers::Shared(Database::fresh(&[]).await?), &[]).await?;
    let bus = stack.bus().await?;
    for mut config in streams::all(1) {
        config.max_bytes = ROOM;
        bus.jetstream().update_stream(config).await?;
    }
    stack.program.start().await?;
    stack.customer("447700960000", "hi")?;
    stack.hears("447700960000", 1, SOON).await?;
    stack.is_done(SOON).await?;
    let inbox = Inbox::of(&stack).await?;
    let key: Uuid = sqlx::query_scalar("select id from conversation.conversation")
        .fetch_one(&stack.rows().await?)
        .await?;
    for _ in 0..1_500 {
        bus.wake(streams::inbound_subject(inbox.tenant), key).await;
        bus.wake(streams::outbound_subject(inbox.channel()), key).await;
    }
    bus.flush().await;
    let out = format!("out-{}", inbox.channel().simple());
    for (stream, consumer) in [(streams::FD_IN, "conversation"), (streams::FD_OUT, out.as_str())] {
        let full = async || {
            let state = state(&bus, stream).await.ok()?;
            let idle = acknowledged(&bus, stream, consumer).await.ok()?;
            (idle && state.bytes > (ROOM as u64) * 9 / 10 && state.first_sequence > 1).then_some(())
        };
        testkit::eventually(SOON, &format!("{stream} is full of what was acknowledged"), full).await?;
    }
    let before = [state(&bus, streams::FD_IN).await?, state(&bus, streams::FD_OUT).await?];
    for n in 1..=20 {
        stack.customer(&format!("4477009600{n:02}"), "hi")?;
    }
    for n in 1..=20 {
        stack.hears(&format!("4477009600{n:02}"), 1, SOON).await?;
    }
    stack.is_done(SOON).await?;
    for n in 1..=20 {
        assert_eq!(stack.sent_to(&format!("4477009600{n:02}")).len(), 1);
    }
    for (stream, before) in [streams::FD_IN, streams::FD_OUT].into_iter().zip(before) {
        let after = state(&bus, stream).await?;
        assert!(after.last_sequence >= before.last_sequence + 20, "{stream} refused wake-ups");
        assert!(after.first_sequence > before.first_sequence, "{stream} kept what was old");
        assert!(after.bytes <= ROOM as u64);
    }
    Ok(())
}

async fn state(bus: &Bus, stream: &str) -> anyhow::Result<State> {
    Ok(bus.jetstream().get_stream(stream).await?.cached_info().state.clone())
}

/// Whether nothing in the stream waits to be delivered or settled.
async fn acknowledged(bus: &Bus, stream: &str, consumer: &str) -> anyhow::Result<bool> {
    let stream = bus.jetstream().get_stream(stream).await?;
    let consumer = stream.get_consumer::<pull::Config>(consumer).await.map_err(anyhow::Error::from_boxed)?;
    let info = consumer.cached_info();
    Ok(info.num_pending == 0 && info.num_ack_pending == 0)
}
