use std::time::Duration;

use conversation::store::media::{self, Outcome};
use serde_json::json;
use uuid::Uuid;
use work::Verdict;

use crate::fixture::{Fixture, accept, claimed, event, verdict};

const LEASE: Duration = Duration::from_secs(60);

async fn voice(fixture: &Fixture) -> anyhow::Result<Uuid> {
    let mut event = event("447700900123", "1");
    event["body"] = json!({"kind": "voice", "media": {"source": "message"}});
    let accepted = accept(&fixture.intake, &[event]).await?;
    accepted.first().and_then(|row| row.conversation).ok_or_else(|| anyhow::anyhow!("not accepted"))
}

fn heard(words: &str, mark: Option<&'static str>) -> Outcome {
    Outcome { state: "stored", transcript: Some(words.to_owned()), mark, ..Outcome::default() }
}

#[tokio::test]
async fn its_conversation_is_looked_at_at_once() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let key = voice(&fixture).await?;
    let heart = fixture.instance().await?;
    let held = claimed(&heart, key).await?;
    assert!(heart.defer(held, Duration::from_secs(20)).await?);
    assert!(matches!(verdict(&heart, key).await?, Verdict::Early { .. }));

    let due = media::claim(&fixture.pool, 1, LEASE).await?;
    let woken = media::settle(&fixture.pool, &due[0], &heard("tomorrow at ten", None)).await?;
    assert_eq!(woken.map(|(conversation, _)| conversation.uuid()), Some(key));
    assert!(matches!(verdict(&heart, key).await?, Verdict::Claimed(_)));
    let said = "select count(*) from conversation.history((select id from conversation.conversation), 99, 9)
                where author = 'customer' and text = '(voice note) tomorrow at ten'";
    assert_eq!(fixture.count(said).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_spoken_stop_takes_effect_in_delivery() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    voice(&fixture).await?;
    let due = media::claim(&fixture.pool, 1, LEASE).await?;
    media::settle(&fixture.pool, &due[0], &heard("stop", Some("opt_out"))).await?;
    let opted_out = "select count(*) from delivery.moved where call = '[\"447700900123\"]'";
    assert_eq!(fixture.count(opted_out).await?, 1);
    assert_eq!(fixture.count("select count(*) from conversation.item where mark = 'opt_out'").await?, 1);
    Ok(())
}
