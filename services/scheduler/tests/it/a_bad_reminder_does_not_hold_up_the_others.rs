use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use jiff::ToSpan;
use scheduler::domain::wording::Templates;
use scheduler::reminders::{Worker, WorkerConfig};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::fixture::{House, in_hours};

#[tokio::test]
async fn it_is_tried_again_by_its_profile_and_given_up_at_last() -> anyhow::Result<()> {
    let house = House::open().await?;
    let nats = testkit::Nats::start().await?;
    let first = in_hours(30)?;
    let mut bookings = Vec::new();
    for n in 0..5 {
        let answer =
            house.commit(&house.booking_wish(house.newcomer().await?, 0, first + (30 * n).minutes())).await?;
        bookings.push(crate::fixture::booking_of(&answer)?);
    }
    // Delivery has never heard of this one's channel, and it is the first in line.
    sqlx::query("update scheduler.booking set channel_id = $1 where id = $2")
        .bind(Uuid::now_v7())
        .bind(bookings[0])
        .execute(&house.owner)
        .await?;
    sqlx::query("update scheduler.reminder set look_at = now() where number = 1")
        .execute(&house.owner)
        .await?;
    sqlx::query("update scheduler.reminder set look_at = '-infinity' where number = 1 and booking_id = $1")
        .bind(bookings[0])
        .execute(&house.owner)
        .await?;

    let stop = CancellationToken::new();
    let worker = Worker {
        pool: house.pool.clone(),
        bus: Bus::connect(&nats.settings(), "test").await?,
        templates: Arc::new(Templates::try_new()?),
        config: WorkerConfig { tick: Duration::from_millis(50), batch: 10 },
    };
    let running = tokio::spawn(worker.run(stop.clone()));
    testkit::eventually(
        Duration::from_secs(10),
        "the good ones are sent and the bad one is put aside",
        || async {
            let sent = house.outbox().await.ok()?.len();
            let attempts: i32 = sqlx::query_scalar(
                "select attempts from scheduler.reminder where booking_id = $1 and number = 1",
            )
            .bind(bookings[0])
            .fetch_one(&house.owner)
            .await
            .ok()?;
            (sent == 4 && attempts == 1).then_some(())
        },
    )
    .await?;

    // The last of its tries.
    sqlx::query(
        "update scheduler.reminder set attempts = 5, look_at = now() where booking_id = $1 and number = 1",
    )
    .bind(bookings[0])
    .execute(&house.owner)
    .await?;
    let reason = testkit::eventually(Duration::from_secs(10), "the bad one is given up", || async {
        sqlx::query_scalar::<_, String>(
            "select reason from scheduler.reminder where booking_id = $1 and number = 1 and state = 'failed'",
        )
        .bind(bookings[0])
        .fetch_optional(&house.owner)
        .await
        .ok()?
    })
    .await?;
    assert_eq!(reason, "delivery does not know the booking's channel");
    stop.cancel();
    running.await?
}
