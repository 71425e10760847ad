use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use scheduler::domain::wording::Templates;
use scheduler::reminders::{Worker, WorkerConfig};
use tokio_util::sync::CancellationToken;

use crate::fixture::{House, in_hours};

/// On a server that had no connection left for anybody, reminders waited a minute and longer: the worker wanted a second
/// connection while its first was free.
#[tokio::test]
async fn it_asks_a_full_server_for_no_second_one() -> anyhow::Result<()> {
    let house = House::open().await?;
    let nats = testkit::Nats::start().await?;
    let stop = CancellationToken::new();
    let pool = Worker::connect(&house.database.settings()).await?;
    let worker = Worker {
        pool: pool.clone(),
        bus: Bus::connect(&nats.settings(), "test").await?,
        templates: Arc::new(Templates::try_new()?),
        config: WorkerConfig { tick: Duration::from_millis(20), batch: 1 },
    };
    let running = tokio::spawn(worker.run(stop.clone()));
    for n in 0..3 {
        let booking = house.book(in_hours(30 + n)?).await?;
        house.make_due(booking, 1).await?;
        let sent = usize::try_from(n)? + 1;
        let handed_over = async || (house.outbox().await.ok()?.len() == sent).then_some(());
        testkit::eventually(Duration::from_secs(10), "the reminder is handed over", handed_over).await?;
    }
    assert_eq!(pool.size(), 1);
    stop.cancel();
    running.await??;
    Ok(())
}
