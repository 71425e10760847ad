use bus::streams;
use ids::MessageId;
use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;
use testkit::eventually;
use uuid::Uuid;

use crate::fixture::{PATIENCE, Replica, Say, Stage};

/// Waits until the stream of advisories names the message.
async fn until_announced(stage: &Stage, id: Uuid) -> anyhow::Result<()> {
    let id = MessageId::from_uuid(id).to_string();
    let stream = stage.bus.jetstream().get_stream(streams::FD_ADV).await?;
    let told = async || {
        let last = stream.get_info().await.ok()?.state.last_sequence;
        for sequence in 1..=last {
            let Ok(advisory) = stream.get_raw_message(sequence).await else { continue };
            let body: serde_json::Value = serde_json::from_slice(&advisory.payload).ok()?;
            if advisory.subject.contains("MSG_TERMINATED") && body["reason"] == id.as_str() {
                return Some(());
            }
        }
        None
    };
    eventually(PATIENCE, "an advisory names the message", told).await
}

#[tokio::test]
async fn a_used_up_profile_ends_dead_and_the_line_goes_on() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::ErrorBefore { status: 500 }, Trigger::next(6));
    let says = ["fails for ever", "goes on"].map(|text| Say::reply(1, text).with("profile", "fast"));
    let ids = stage.say_all(&says).await?;
    let dead = stage.until_state(ids[0], "dead").await?;
    assert_eq!((dead.attempts, dead.tries), (6, 6));
    let reason = dead.reason.unwrap_or_default();
    assert_eq!((&reason["cause"], &reason["owner"]), (&"provider_error".into(), &"operator".into()));
    stage.until_state(ids[1], "sent").await?;
    assert_eq!(stage.texts(), ["goes on"]);
    until_announced(&stage, ids[0]).await?;
    stage.until_no_wake_up().await
}

#[tokio::test]
async fn what_can_never_succeed_is_given_up_at_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::NotOnWhatsapp {}, Trigger::next(1));
    let id = stage.say(Say::reply(1, "nobody there")).await?;
    let dead = stage.until_state(id, "dead").await?;
    assert_eq!(
        (dead.attempts, dead.reason.unwrap_or_default()["cause"].clone()),
        (1, "not_on_whatsapp".into())
    );
    until_announced(&stage, id).await
}

#[tokio::test]
async fn a_death_is_announced_although_its_wake_up_was_lost() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::NotOnWhatsapp {}, Trigger::next(1));
    let ids = stage.enqueue(&[Say::reply(1, "nobody was told")]).await?;
    stage.until_state(ids[0], "dead").await?;
    until_announced(&stage, ids[0]).await?;
    stage.until_no_wake_up().await
}
