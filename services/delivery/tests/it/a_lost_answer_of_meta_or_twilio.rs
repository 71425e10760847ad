//! An answer that was lost before, during or after the provider took the message, and how the truth is found.

use serde_json::json;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Cloud, Pace, Reaction, Replica, Say, Stage};

const HASTY: [(&str, &str); 2] = [("call_timeout", "1s"), ("listed_by", "1500ms")];

fn say(customer: u32, text: &str) -> Say {
    Say::reply(customer, text)
}

/// A stage at one of them, with open windows for the customers 1 to 3.
async fn stage(twilio: bool) -> anyhow::Result<(Stage, Cloud, Replica)> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    if twilio {
        stage.at_twilio(&cloud, Pace::FREE).await?;
    } else {
        stage.at_meta(&cloud, Pace::FREE).await?;
    }
    for customer in 1..=3 {
        stage.wrote(CHANNEL, &Say::phone(customer), 0.0).await?;
    }
    let replica = Replica::with(&stage, &HASTY).await?;
    Ok((stage, cloud, replica))
}

/// Each provider reports on a message that it took in silence, by our reference.
async fn settled_by_report(twilio: bool) -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage(twilio).await?;
    cloud.script([Reaction::TakeInSilence]);
    let ids = stage.say_all(&[say(1, "no answer"), say(1, "behind it")]).await?;
    let unknown = stage.until_state(ids[0], "unknown").await?;
    assert_eq!(unknown.reason.unwrap_or_default()["cause"], "no_answer");
    assert_eq!(stage.message(ids[1]).await?.state, "queued", "it waits for the evidence");
    let provider_id = cloud.until_taken(1).await?.remove(0).provider_id;
    let reference = json!({"client_ref": format!("fd:{}", ids[0])});
    assert_eq!(stage.report(&provider_id, "delivered", reference).await?, "raised");
    let row = stage.message(ids[0]).await?;
    assert_eq!((row.state.as_str(), row.provider_id, row.attempts), ("sent", Some(provider_id), 1));
    assert_eq!(stage.shown(ids[0]).await?, "delivered");
    stage.until_state(ids[1], "sent").await?;
    assert_eq!(cloud.taken().len(), 2, "nothing is said twice");
    Ok(())
}

#[tokio::test]
async fn meta_reports_on_it() -> anyhow::Result<()> {
    settled_by_report(false).await
}

#[tokio::test]
async fn twilio_reports_on_it() -> anyhow::Result<()> {
    settled_by_report(true).await
}

#[tokio::test]
async fn a_report_that_overtakes_the_lost_answer_counts_too() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage(false).await?;
    cloud.script([Reaction::TakeInSilence]);
    let id = stage.say(say(1, "no answer")).await?;
    let provider_id = cloud.until_taken(1).await?.remove(0).provider_id;
    assert_eq!(stage.message(id).await?.state, "intended");
    stage.report(&provider_id, "sent", json!({"client_ref": format!("fd:{id}")})).await?;
    let row = stage.until(id, "the call is settled", |row| row.state != "intended").await?;
    assert_eq!((row.state.as_str(), row.provider_id), ("sent", Some(provider_id)));
    Ok(())
}

#[tokio::test]
async fn twilios_list_has_it() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage(true).await?;
    cloud.script([Reaction::TakeInSilence]);
    let id = stage.say(say(1, "no answer")).await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!(sent.provider_id, cloud.taken().first().map(|taken| taken.provider_id.clone()));
    assert_eq!((sent.attempts, cloud.sends()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn twilios_list_lacks_it() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage(true).await?;
    let before = stage.say(say(1, "before")).await?;
    stage.until_state(before, "sent").await?;
    cloud.script([Reaction::LoseInSilence]);
    let id = stage.say(say(1, "lost on the way")).await?;
    stage.until_state(id, "unknown").await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, sent.resends), (2, 0));
    let outcomes: Vec<_> = stage.attempts(id).await?.into_iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, ["not_sent", "accepted"]);
    assert_eq!(cloud.taken().len(), 2);
    Ok(())
}

/// Found in a storm: whatever Twilio refused with an error of its own was never sent, and nobody was told.
#[tokio::test]
async fn what_twilio_failed_to_make_is_sent_once_its_list_shows_that() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage(true).await?;
    let before = stage.say(say(1, "before")).await?;
    stage.until_state(before, "sent").await?;
    cloud.script([Reaction::twilio(500, 20_500)]);
    let id = stage.say(say(1, "failed there")).await?;
    stage.until_state(id, "unknown").await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, sent.resends, cloud.taken().len()), (2, 0, 2));
    Ok(())
}

/// The process ends between the call and its outcome; another one takes the channel over.
async fn killed_while_calling(twilio: bool) -> anyhow::Result<()> {
    let (stage, cloud, owner) = stage(twilio).await?;
    cloud.script([Reaction::TakeInSilence]);
    let ids = stage.say_all(&[say(1, "under way"), say(1, "behind it")]).await?;
    let provider_id = cloud.until_taken(1).await?.remove(0).provider_id;
    owner.kill();
    let _spare = Replica::with(&stage, &HASTY).await?;
    if !twilio {
        let unknown = stage.until_state(ids[0], "unknown").await?;
        assert_eq!(unknown.reason.unwrap_or_default()["cause"], "interrupted");
        stage.report(&provider_id, "sent", json!({"client_ref": format!("fd:{}", ids[0])})).await?;
    }
    stage.until_all("sent", 2).await?;
    let row = stage.message(ids[0]).await?;
    assert_eq!((row.provider_id, row.attempts), (Some(provider_id), 1));
    let written = stage.count("select count(*) from delivery.attempt where outcome = 'accepted'").await?;
    assert_eq!((cloud.sends(), written), (2, 2), "nothing is said twice, and each call is written down");
    Ok(())
}

#[tokio::test]
async fn a_process_killed_while_it_calls_meta_leaves_an_unknown_that_a_report_settles() -> anyhow::Result<()>
{
    killed_while_calling(false).await
}

#[tokio::test]
async fn a_process_killed_while_it_calls_twilio_leaves_an_unknown_that_the_list_settles() -> anyhow::Result<()>
{
    killed_while_calling(true).await
}

/// The provider takes the message after we have given up waiting.
async fn taken_late(twilio: bool) -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage(twilio).await?;
    cloud.script([Reaction::TakeLate]);
    let id = stage.say(say(1, "slowly")).await?;
    stage.until_state(id, "unknown").await?;
    let provider_id = cloud.until_taken(1).await?.remove(0).provider_id;
    if !twilio {
        stage.report(&provider_id, "sent", json!({"client_ref": format!("fd:{id}")})).await?;
    }
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.provider_id, sent.attempts, cloud.sends()), (Some(provider_id), 1, 1));
    Ok(())
}

#[tokio::test]
async fn what_meta_takes_after_we_gave_up_is_not_sent_again() -> anyhow::Result<()> {
    taken_late(false).await
}

#[tokio::test]
async fn what_twilio_takes_after_we_gave_up_is_not_sent_again() -> anyhow::Result<()> {
    taken_late(true).await
}

#[tokio::test]
async fn a_template_is_not_recognised_in_the_list_and_waits_for_its_report() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage(true).await?;
    cloud.script([Reaction::TakeInSilence]);
    let template =
        json!({"kind": "template", "content_sid": "HX1", "variables": ["Ada"], "text": "Hello Ada"});
    let id = stage.say(say(1, "").with("body", template)).await?;
    stage.until_state(id, "unknown").await?;
    until_looked_up(&stage, id, 2).await?;
    assert_eq!(stage.message(id).await?.state, "unknown");
    let provider_id = cloud.until_taken(1).await?.remove(0).provider_id;
    stage.report(&provider_id, "sent", json!({"client_ref": format!("fd:{id}")})).await?;
    assert_eq!(stage.message(id).await?.state, "sent");
    Ok(())
}

#[tokio::test]
async fn without_a_report_from_meta_the_messages_own_wish_decides() -> anyhow::Result<()> {
    let (stage, cloud, _replica) = stage(false).await?;
    cloud.script([Reaction::LoseInSilence, Reaction::LoseInSilence]);
    let reply = stage.say(say(1, "at most once")).await?;
    let booked = stage.say(say(2, "booked").with("on_unknown", "resend_once")).await?;
    for id in [reply, booked] {
        stage.until_state(id, "unknown").await?;
    }
    // A minute and a half later.
    sqlx::query(
        "update delivery.message set lookups = 3, lookup_at = clock_timestamp() where state = 'unknown'",
    )
    .execute(&stage.owner)
    .await?;
    let sent = stage.until_state(booked, "sent").await?;
    assert_eq!((sent.attempts, sent.resends), (2, 1));
    assert_eq!(stage.message(reply).await?.attempts, 1);
    assert_eq!(stage.message(reply).await?.state, "unknown");
    Ok(())
}

async fn until_looked_up(stage: &Stage, id: Uuid, times: i32) -> anyhow::Result<()> {
    sqlx::query("update delivery.message set lookup_at = clock_timestamp() where id = $1")
        .bind(id)
        .execute(&stage.owner)
        .await?;
    let look = async || {
        let lookups: i32 = sqlx::query_scalar("select lookups from delivery.message where id = $1")
            .bind(id)
            .fetch_one(&stage.owner)
            .await
            .ok()?;
        if lookups < times {
            let soon = "update delivery.message set lookup_at = clock_timestamp() where id = $1";
            sqlx::query(soon).bind(id).execute(&stage.owner).await.ok()?;
        }
        (lookups >= times).then_some(())
    };
    testkit::eventually(crate::fixture::PATIENCE, "it was looked up", look).await
}
