//! What a refusal does to its message, its channel and its customer, by the providers' tables.

use serde_json::json;

use crate::fixture::{CHANNEL, Cloud, Pace, Reaction, Replica, Say, Stage};

async fn stage(twilio: bool) -> anyhow::Result<(Stage, Cloud)> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    let pace = Pace { per_second: 1000.0, burst: 1 };
    if twilio {
        stage.at_twilio(&cloud, pace).await?
    } else {
        stage.at_meta(&cloud, pace).await?
    }
    for customer in 1..=5 {
        stage.wrote(CHANNEL, &Say::phone(customer), 0.0).await?;
    }
    Ok((stage, cloud))
}

#[tokio::test]
async fn a_refused_token_closes_the_door_and_burns_no_try() -> anyhow::Result<()> {
    for (twilio, refusal) in [(false, Reaction::meta(401, 190)), (true, Reaction::twilio(401, 20_003))] {
        let (stage, cloud) = stage(twilio).await?;
        cloud.script(std::iter::repeat_n(refusal, 10));
        let _replica = Replica::with(&stage, &[("calls_per_channel", "1")]).await?;
        let says: Vec<Say> = (1..=5).map(|customer| Say::reply(customer, "hello")).collect();
        stage.say_all(&says).await?;
        stage.until_door("credentials").await?;
        assert_eq!(stage.states().await?.get("queued"), Some(&5));
        assert_eq!(stage.count("select coalesce(max(tries), 0)::bigint from delivery.message").await?, 0);
        assert_eq!(cloud.sends(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_limit_with_and_without_a_hint() -> anyhow::Result<()> {
    let (stage, cloud) = stage(false).await?;
    let Reaction::Refuse { status, body, .. } = Reaction::meta(429, 130_429) else { unreachable!() };
    cloud.script([Reaction::Refuse { status, retry_after: Some("120"), body }]);
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "hinted")).await?;
    let row = stage.until(id, "it waits", |row| row.waits == 1).await?;
    assert!(row.due_in.is_some_and(|due| due > 100.0), "{row:?}");
    assert_eq!((row.state.as_str(), row.tries), ("queued", 0));

    let (stage, cloud) = self::stage(true).await?;
    cloud.script([Reaction::twilio(429, 20_429)]);
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "a second later")).await?;
    let row = stage.until_state(id, "sent").await?;
    assert_eq!((row.attempts, row.tries), (2, 1));
    Ok(())
}

#[tokio::test]
async fn too_much_for_one_customer_slows_nobody_else() -> anyhow::Result<()> {
    let (stage, cloud) = stage(false).await?;
    cloud.script([Reaction::meta(429, 131_056), Reaction::meta(400, 131_049)]);
    let ids = stage.enqueue(&[1, 2, 3].map(|customer| Say::reply(customer, "hello"))).await?;
    let _replica = Replica::with(&stage, &[("calls_per_channel", "1")]).await?;
    stage.until_state(ids[2], "sent").await?;
    let held = stage.until(ids[1], "it is held back", |row| row.waits == 1).await?;
    assert!(held.due_in.is_some_and(|due| due > 86_000.0), "{held:?}");
    assert_eq!(held.reason.unwrap_or_default()["cause"], "held_back");
    let paired = stage.until_state(ids[0], "sent").await?;
    assert_eq!((paired.attempts, paired.tries), (2, 1));
    Ok(())
}

#[tokio::test]
async fn what_will_never_go_is_dead_at_once_and_says_why() -> anyhow::Result<()> {
    for (twilio, code, cause) in [
        (false, 131_026, "undeliverable"),
        (false, 131_050, "marketing_stopped"),
        (false, 132_001, "template_refused"),
        (true, 21_211, "invalid_address"),
        (true, 21_656, "template_refused"),
    ] {
        let (stage, cloud) = stage(twilio).await?;
        cloud.script([if twilio { Reaction::twilio(400, code) } else { Reaction::meta(400, code) }]);
        let _replica = Replica::start(&stage).await?;
        let id = stage.say(Say::reply(1, "hello")).await?;
        let row = stage.until_state(id, "dead").await?;
        let reason = row.reason.unwrap_or_default();
        assert_eq!((&reason["cause"], &reason["code"]), (&json!(cause), &json!(code.to_string())));
        assert_eq!(stage.door().await?, "open");
        let behind = stage.say(Say::reply(1, "behind it")).await?;
        stage.until_state(behind, "sent").await?;
    }
    Ok(())
}

#[tokio::test]
async fn who_unsubscribed_at_twilio_has_unsubscribed_here() -> anyhow::Result<()> {
    let (stage, cloud) = stage(true).await?;
    cloud.script([Reaction::twilio(400, 21_610)]);
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reminder(1, "your appointment")).await?;
    let row = stage.until_state(id, "dead").await?;
    assert_eq!(row.reason.unwrap_or_default()["cause"], "unsubscribed");
    let later = stage.say(Say::reminder(1, "another")).await?;
    let row = stage.until_state(later, "skipped").await?;
    assert_eq!(row.reason.unwrap_or_default()["cause"], "opted_out");
    assert_eq!(cloud.sends(), 1);
    Ok(())
}
