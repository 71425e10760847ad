use std::time::Duration;

use conversation::store::{
    dead_items,
    timeline::{self, Subject},
    turns::{self, Committed},
};
use ids::ItemId;
use uuid::Uuid;

use crate::fixture::{Fixture, claimed, turn};

/// What a timeline needs to say why an answer took long: each failed turn with its cause, its times and the pause after it.
#[tokio::test]
async fn with_its_cause_and_the_pause_after_it() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;
    let began = clock::Clock::now(&clock::SystemClock);
    let failed =
        turns::fail(&fixture.pool, one.me(), held, Duration::ZERO, "the model was silent", began).await?;
    assert!(failed);
    let fresh = claimed(&one, key).await?;
    let done = turns::commit(&fixture.pool, one.me(), &[turn(fresh, 1)]).await?;
    assert_eq!(done, [Committed::Done { released: true, effect: None }]);

    let item: Uuid = sqlx::query_scalar("select id from conversation.item").fetch_one(&fixture.owner).await?;
    let item = ItemId::from_uuid(item);
    let causes: Vec<_> =
        dead_items::failed_turns(&fixture.pool, item).await?.into_iter().map(|turn| turn.cause).collect();
    assert_eq!(causes, ["the model was silent"]);

    // By whatever one asks: the same thread, with a failed and a committed turn.
    let by_item = timeline::threads(&fixture.pool, &Subject::Item(item)).await?;
    let by_phone = timeline::threads(&fixture.pool, &Subject::Phone("+447700900100".to_owned())).await?;
    let by_provider = timeline::threads(&fixture.pool, &Subject::Provider("m1".to_owned())).await?;
    assert!(!by_item.is_empty());
    assert_eq!((&by_phone, &by_provider), (&by_item, &by_item));
    let items = timeline::items(&fixture.pool, &by_item).await?;
    let told = timeline::turns(&fixture.pool, &by_item, items[0].received_at).await?;
    let told: Vec<_> = told.iter().map(|turn| (turn.id.is_some(), turn.due_at.is_some())).collect();
    assert_eq!(told.iter().filter(|turn| **turn == (false, true)).count(), 1, "{told:?}");
    Ok(())
}
