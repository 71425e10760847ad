use conversation::media;
use conversation::media::objects::Key;
use conversation::store::media as rows;
use ids::{ItemId, TenantId};
use serde_json::json;
use uuid::Uuid;

use crate::fixture::{Fixture, TENANT, accept, event};
use crate::provider::{Answer, Provider};

const PDF: &[u8] = b"%PDF-1.7 a letter";
const LETTER: Answer = Answer::File { content_type: "application/pdf", sha256: "", content: PDF };

/// Accepts a message with a document; answers with its item.
async fn document(fixture: &Fixture, provider_id: &str) -> anyhow::Result<ItemId> {
    let mut event = event("447700900123", provider_id);
    event["body"] =
        json!({"kind": "document", "media": {"source": "message", "mime_type": "application/pdf"}});
    let accepted = accept(&fixture.intake, &[event]).await?;
    let item: Option<Uuid> = accepted.first().and_then(|row| row.item);
    item.map(ItemId::from_uuid).ok_or_else(|| anyhow::anyhow!("not accepted"))
}

/// Its state and cause.
async fn stands(fixture: &Fixture, item: ItemId) -> anyhow::Result<(String, String)> {
    let row = rows::list(&fixture.pool, None, Some(item), 1).await?.pop();
    let row = row.ok_or_else(|| anyhow::anyhow!("no row"))?;
    Ok((row.state, row.cause.unwrap_or_default()))
}

/// Everything that waits is due now.
async fn time_passes(fixture: &Fixture) -> anyhow::Result<()> {
    sqlx::query("update conversation.media set due_at = '-infinity'").execute(&fixture.owner).await?;
    Ok(())
}

#[tokio::test]
async fn only_messages_of_customers_with_files_are_noted() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    fixture.text("447700900123", "1").await?;
    let mut echo = event("447700900123", "2");
    echo["kind"] = json!("echo");
    echo["body"] = json!({"kind": "image", "media": {"source": "message"}});
    accept(&fixture.intake, &[echo]).await?;
    assert_eq!(fixture.count("select count(*) from conversation.media").await?, 0);
    document(&fixture, "3").await?;
    document(&fixture, "3").await?;
    assert_eq!(fixture.count("select count(*) from conversation.media").await?, 1, "and once");
    Ok(())
}

#[tokio::test]
async fn a_file_is_fetched_and_stored() -> anyhow::Result<()> {
    let (fixture, provider) = (Fixture::new().await?, Provider::start(LETTER).await?);
    let item = document(&fixture, "1").await?;
    assert_eq!(media::step(&fixture.pool, &provider.handler).await?, 1);
    assert_eq!(stands(&fixture, item).await?, ("stored".to_owned(), String::new()));
    let key = Key { tenant: TenantId::from_uuid(TENANT), item };
    assert_eq!(provider.handler.objects.get(key).await?.as_deref(), Some(PDF));
    assert_eq!(media::step(&fixture.pool, &provider.handler).await?, 0, "it is done");
    Ok(())
}

#[tokio::test]
async fn what_may_pass_is_tried_again_later() -> anyhow::Result<()> {
    let (fixture, provider) = (Fixture::new().await?, Provider::start(Answer::Unavailable).await?);
    let item = document(&fixture, "1").await?;
    assert_eq!(media::step(&fixture.pool, &provider.handler).await?, 1);
    let (state, cause) = stands(&fixture, item).await?;
    assert_eq!(state, "waiting");
    assert!(cause.contains("the server is away"), "{cause}");
    assert_eq!(media::step(&fixture.pool, &provider.handler).await?, 0, "not at once");

    provider.answers(LETTER);
    time_passes(&fixture).await?;
    assert_eq!(media::step(&fixture.pool, &provider.handler).await?, 1);
    assert_eq!(stands(&fixture, item).await?, ("stored".to_owned(), String::new()));
    Ok(())
}

#[tokio::test]
async fn tries_end() -> anyhow::Result<()> {
    let (fixture, provider) = (Fixture::new().await?, Provider::start(Answer::Unavailable).await?);
    let item = document(&fixture, "1").await?;
    for _ in 0..6 {
        time_passes(&fixture).await?;
        assert_eq!(media::step(&fixture.pool, &provider.handler).await?, 1);
    }
    assert_eq!(stands(&fixture, item).await?.0, "failed");
    time_passes(&fixture).await?;
    assert_eq!(media::step(&fixture.pool, &provider.handler).await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_never_passes_says_why() -> anyhow::Result<()> {
    let (fixture, provider) = (Fixture::new().await?, Provider::start(Answer::TooLarge).await?);
    for (id, answer, why) in [
        ("1", Answer::TooLarge, "too large"),
        (
            "2",
            Answer::File { content_type: "application/pdf", sha256: "", content: b"MZ\x90\x00program" },
            "not taken",
        ),
        ("3", Answer::File { content_type: "text/plain", sha256: "", content: b"" }, "empty"),
    ] {
        provider.answers(answer);
        let item = document(&fixture, id).await?;
        media::step(&fixture.pool, &provider.handler).await?;
        let (state, cause) = stands(&fixture, item).await?;
        assert_eq!(state, "failed");
        assert!(cause.contains(why), "{cause}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_what_the_provider_named_is_not_stored() -> anyhow::Result<()> {
    let other = "0000000000000000000000000000000000000000000000000000000000000000";
    let answer = Answer::File { content_type: "application/pdf", sha256: other, content: PDF };
    let (fixture, provider) = (Fixture::new().await?, Provider::start(answer).await?);
    let item = document(&fixture, "1").await?;
    media::step(&fixture.pool, &provider.handler).await?;
    assert_eq!(stands(&fixture, item).await?.0, "waiting");
    Ok(())
}

/// A claim lasts as long as its lease: who comes back later settles nothing.
#[tokio::test]
async fn a_lost_claim_settles_nothing() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let item = document(&fixture, "1").await?;
    let lease = std::time::Duration::from_secs(60);
    let first = rows::claim(&fixture.pool, 10, lease).await?;
    assert!(rows::claim(&fixture.pool, 10, lease).await?.is_empty(), "claimed twice");
    time_passes(&fixture).await?;
    let second = rows::claim(&fixture.pool, 10, lease).await?;
    let outcome = |state| rows::Outcome { state, ..rows::Outcome::default() };
    rows::settle(&fixture.pool, &first[0], &outcome("failed")).await?;
    assert_eq!(stands(&fixture, item).await?.0, "waiting");
    rows::settle(&fixture.pool, &second[0], &outcome("stored")).await?;
    assert_eq!(stands(&fixture, item).await?.0, "stored");
    Ok(())
}

#[tokio::test]
async fn a_file_is_deleted_after_its_time_and_not_before() -> anyhow::Result<()> {
    let (fixture, provider) = (Fixture::new().await?, Provider::start(LETTER).await?);
    let item = document(&fixture, "1").await?;
    media::step(&fixture.pool, &provider.handler).await?;
    let objects = &provider.handler.objects;
    assert_eq!(media::forget(&fixture.pool, objects).await?, 0);
    sqlx::query("update conversation.media set keep_until = keep_until - interval '90 days'")
        .execute(&fixture.owner)
        .await?;
    assert_eq!(media::forget(&fixture.pool, objects).await?, 1);
    let key = Key { tenant: TenantId::from_uuid(TENANT), item };
    assert_eq!(objects.get(key).await?, None);
    assert_eq!(stands(&fixture, item).await?.0, "expired");
    Ok(())
}
