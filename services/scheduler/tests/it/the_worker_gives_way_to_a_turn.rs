use std::time::Duration;

use scheduler::domain::wording::Templates;
use scheduler::reminders::{Worker, hand_over};
use serde_json::json;
use sqlx::Connection as _;
use uuid::Uuid;

use crate::fixture::{self, House, in_hours};

/// The customer answers CANCEL in the moment in which the next reminder falls due: the turn has its reply in delivery's
/// line and wants the booking, the worker has the booking and wants the line.
#[tokio::test]
async fn when_each_waits_for_the_other() -> anyhow::Result<()> {
    let house = House::open().await?;
    let booking = house.book(in_hours(10)?).await?;
    house.make_due(booking, 1).await?;
    let mut connection = house.conversation.acquire().await?;
    let mut turn = connection.begin().await?;
    let reply = json!([{
        "tenant_id": house.tenant(), "channel_id": house.channel, "conversation_id": house.ann.conversation,
        "to": "351912345678", "lane": "normal", "class": "reply", "profile": "conversation",
        "body": { "kind": "text", "text": "It is cancelled." },
        "correlation_id": Uuid::now_v7(), "cause": "turn:1",
    }]);
    sqlx::query("select * from delivery.enqueue_v1($1, false)").bind(reply).execute(&mut *turn).await?;

    let worker = Worker::connect(&house.database.settings()).await?;
    let looking = tokio::spawn(async move {
        hand_over(&worker, &Templates::try_new()?, 10).await.map_err(anyhow::Error::from)
    });
    let waits = "select count(*) from pg_stat_activity
                 where wait_event_type = 'Lock' and datname = current_database() and application_name like '%reminders'";
    testkit::eventually(Duration::from_secs(5), "the worker waits for the line", || async {
        let waiting: i64 = sqlx::query_scalar(waits).fetch_one(&house.owner).await.ok()?;
        (waiting == 1).then_some(())
    })
    .await?;

    let wish = house.wish(house.ann, "cancel", &json!({ "booking_id": booking }));
    assert_eq!(fixture::commit(&mut turn, &wish).await?["outcome"], "done");
    turn.commit().await?;
    assert!(looking.await?.is_err(), "the worker's look came to nothing");
    assert_eq!(house.look().await?.claimed, 0);
    let sent: Vec<Option<String>> =
        sqlx::query_scalar("select dedupe_key from delivery.message").fetch_all(&house.owner).await?;
    assert_eq!(sent, [None], "the reply and no reminder");
    Ok(())
}
