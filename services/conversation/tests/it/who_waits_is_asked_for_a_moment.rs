use anyhow::Context;
use conversation::store::turns::{self, Committed};
use serde_json::json;
use uuid::Uuid;
use work::{Heart, Held};

use crate::fixture::{CHANNEL, Fixture, TENANT, claimed, turn};

/// Asks for a moment as a run does; `head`: the turn's first item.
async fn ask(fixture: &Fixture, by: &Heart, held: Held, head: i64) -> anyhow::Result<bool> {
    let message = json!({
        "id": Uuid::now_v7(), "tenant_id": TENANT, "channel_id": CHANNEL, "conversation_id": held.key,
        "to": "447700900100", "lane": "high", "class": "reply", "body": { "kind": "text", "text": "One moment" },
        "correlation_id": Uuid::now_v7(), "cause": "ack", "dedupe_key": Uuid::now_v7(),
    });
    Ok(turns::acknowledge(&fixture.pool, by.me(), held, head, message).await?)
}

/// Who reads the transcript sees that the customer was asked to wait; the turn itself goes on as if nothing was said.
#[tokio::test]
async fn people_read_it_and_turns_pass_over_it() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;
    assert!(ask(&fixture, &one, held, 1).await?);
    let lines = turns::history(&fixture.pool, key, i64::MAX, 10).await?;
    let said: Vec<_> = lines.iter().map(|(author, text, _)| (author.as_str(), text.as_str())).collect();
    assert_eq!(said.last(), Some(&("moment", "One moment")), "{said:?}");
    let shown: Vec<String> = sqlx::query_scalar("select author from conversation.message order by at")
        .fetch_all(&fixture.owner)
        .await?;
    assert_eq!(shown, ["customer", "assistant"]);
    let loaded = turns::load(&fixture.pool, &[key]).await?.pop().context("nothing to do")?;
    assert_eq!(loaded.last_said, None);
    assert_eq!(loaded.conversation["first_contact"], true);
    Ok(())
}

const SAID: &str = "select count(*) from delivery.said where message ->> 'cause' = 'ack'";

#[tokio::test]
async fn once_in_a_while_and_never_after_the_answer() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;
    assert!(ask(&fixture, &one, held, 1).await?);
    assert!(!ask(&fixture, &one, held, 1).await?, "this customer was asked just now");
    assert_eq!(fixture.count(SAID).await?, 1);

    fixture.text("+447700900100", "m2").await?;
    let mut answer = turn(held, 1);
    answer.discardable = false;
    let answered = turns::commit(&fixture.pool, one.me(), &[answer]).await?;
    assert_eq!(answered, [Committed::Done { released: false, effect: None }], "there is more to answer");
    sqlx::query("update conversation.conversation set acknowledged_at = now() - interval '11 minutes'")
        .execute(&fixture.owner)
        .await?;
    assert!(!ask(&fixture, &one, held, 1).await?, "what the turn began with is answered");
    assert!(ask(&fixture, &one, held, 2).await?, "the next one is not, and it is a while ago");
    Ok(())
}

#[tokio::test]
async fn not_by_who_lost_the_conversation_and_not_over_a_person() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;
    assert!(!ask(&fixture, &one, Held { epoch: held.epoch - 1, ..held }, 1).await?);
    sqlx::query("select conversation.set_owner($1, 'human', 'test')")
        .bind(key)
        .execute(&fixture.pool)
        .await?;
    assert!(!ask(&fixture, &one, held, 1).await?);
    assert_eq!(fixture.count(SAID).await?, 0);
    Ok(())
}
