use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use futures_util::StreamExt as _;
use jiff::SignedDuration;
use scheduler::domain::declared::ReminderPlan;
use scheduler::domain::wording::Templates;
use scheduler::reminders::{Worker, WorkerConfig};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::fixture::{House, declared, in_hours};

#[tokio::test]
async fn at_its_time_and_not_at_the_next_tick() -> anyhow::Result<()> {
    let mut declared = declared("house");
    let year = SignedDuration::from_hours(24 * 365);
    declared.services[0].plan = ReminderPlan {
        every: SignedDuration::from_secs(1),
        earliest_lead: year,
        cap: 2,
        ..ReminderPlan::default()
    };
    let house = House::open_as(declared).await?;
    let nats = testkit::Nats::start().await?;
    let listener = async_nats::connect(&nats.settings().url).await?;
    let mut wakes = listener.subscribe(format!("fd.out.v1.{}", house.channel.uuid().simple())).await?;
    listener.flush().await?;

    let booking = house.book(in_hours(30)?).await?;
    let stop = CancellationToken::new();
    let worker = Worker {
        pool: house.pool.clone(),
        bus: Bus::connect(&nats.settings(), "test").await?,
        templates: Arc::new(Templates::try_new()?),
        // So long that only the due time itself can have woken it.
        config: WorkerConfig { tick: Duration::from_secs(60), batch: 10 },
    };
    let running = tokio::spawn(worker.run(stop.clone()));
    let wake = tokio::time::timeout(Duration::from_secs(10), wakes.next()).await?;
    let message = Uuid::from_slice(&wake.map(|wake| wake.payload).unwrap_or_default())?;
    let (found, late): (Uuid, f64) = sqlx::query_as(
        "select booking_id, extract(epoch from settled_at - scheduled_for)::float8
         from scheduler.reminder where message_id = $1",
    )
    .bind(message)
    .fetch_one(&house.owner)
    .await?;
    assert_eq!(found, booking);
    assert!((0.0..1.0).contains(&late), "{late} s late");
    stop.cancel();
    running.await?
}
