use std::time::{Duration, Instant};

use bus::streams;
use e2e::{Inbox, Servers, Stack};
use simulators::{delay::Delay, faults::Trigger, model::ModelFault};
use testkit::Database;

const SOON: Duration = Duration::from_secs(20);
const RUNNING: &str = "447700990301";
const WAITING: &str = "447700990302";
const READY: &str = "447700990303";
const WISH: &str = "Hi, I need an appointment";

/// Every wake-up is deleted while one conversation is being answered, one waits for more of a burst, and one has just been
/// written to.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_ready_running_and_waiting_are_all_finished() -> anyhow::Result<()> {
    let settings = [("CONVERSATION__QUIET", "1500ms")];
    let stack = Stack::with(Servers::Shared(Database::fresh(&[]).await?), &settings).await?;
    let (rows, inbox, bus) = (stack.rows().await?, Inbox::of(&stack).await?, stack.bus().await?);
    stack.model.fault(ModelFault::Latency { delay: Delay::millis(1_500) }, Trigger::ALWAYS);
    stack.customer(RUNNING, WISH)?;
    let running = "select count(*) from conversation.work where owner is not null and due_at <> '-infinity'";
    stack.counts(1, "one is running", running, SOON).await?;
    stack.customer(WAITING, WISH)?;
    let waiting = "select count(*) from conversation.work where owner is null and due_at > clock_timestamp()";
    stack.counts(1, "one is waiting", waiting, SOON).await?;
    inbox.accept(READY, "hi").await?;
    bus.jetstream().get_stream(streams::FD_IN).await?.purge().await?;
    let purged = Instant::now();
    let states: (i64, i64, i64) = sqlx::query_as(
        "select count(*) filter (where owner is not null), count(*) filter (where owner is null and due_at > clock_timestamp()),
                count(*) filter (where owner is null and due_at = '-infinity') from conversation.work",
    )
    .fetch_one(&rows)
    .await?;
    assert_eq!(states, (1, 1, 1), "running, waiting, ready");
    for phone in [RUNNING, READY, WAITING] {
        stack.hears(phone, 1, SOON).await?;
    }
    let took = purged.elapsed();
    stack.is_done(SOON).await?;
    for phone in [RUNNING, READY, WAITING] {
        assert_eq!(stack.sent_to(phone).len(), 1, "{phone}");
    }
    // Due after 1.5 s, swept 5 s later, within a second's look; the model takes 1.5 s. Without the sweeper it would be never.
    assert!(took < Duration::from_secs(15), "{took:?}");
    Ok(())
}
