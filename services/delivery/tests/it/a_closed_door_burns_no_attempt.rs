use std::time::Duration;

use contract::delivery::v1::{ProbeChannelRequest, channel_service_client::ChannelServiceClient};
use ids::ChannelId;
use simulators::faults::Trigger;
use simulators::whatsapp::{ClosedAnswer, FaultKind};
use uuid::Uuid;

use crate::fixture::{CHANNEL, LANES, PATIENCE, Pace, Replica, Say, Stage, slow};

const ANSWER: Duration = Duration::from_millis(60);

/// Nine messages, three in each lane; the worst lane is queued first.
async fn backlog(stage: &Stage) -> anyhow::Result<Vec<Uuid>> {
    let mut says = Vec::new();
    for (number, lane) in LANES.iter().enumerate().rev() {
        for customer in 0..3 {
            let customer = u32::try_from(number)? * 10 + customer;
            says.push(Say::reply(customer, format!("{lane} {customer:02}")).with("lane", *lane));
        }
    }
    stage.say_all(&says).await
}

/// While the door is closed: nobody lost a try, and almost nobody was called.
async fn nothing_was_burned(stage: &Stage) -> anyhow::Result<()> {
    assert_eq!(stage.states().await?.get("queued"), Some(&9));
    assert_eq!(stage.count("select coalesce(max(tries), 0)::bigint from delivery.message").await?, 0);
    let called = stage.count("select coalesce(sum(attempts), 0) from delivery.message").await?;
    assert!(called <= 1, "{called} calls although one tells enough");
    assert!(stage.taken().is_empty());
    Ok(())
}

/// After it opened: everything went out as the lanes' turns come, the first alone.
async fn all_went_in_lane_order(stage: &Stage) -> anyhow::Result<()> {
    stage.until_all("sent", 9).await?;
    in_lane_order(&stage.texts())?;
    let taken = stage.taken();
    let [first, second, ..] = taken.as_slice() else { anyhow::bail!("{taken:?}") };
    let pause = Duration::from_micros((second.received_us - first.received_us).unsigned_abs());
    assert!(pause >= ANSWER, "the second left {pause:?} after the first, which had not been answered");
    assert_eq!(stage.count("select max(tries)::bigint from delivery.message").await?, 1);
    stage.until_door("open").await
}

/// The best lane first, the oldest of each first, and nothing in bulk before all that somebody waits for.
fn in_lane_order(texts: &[String]) -> anyhow::Result<()> {
    let of = |lane: &str| texts.iter().filter(|text| text.starts_with(lane)).collect::<Vec<_>>();
    let bulk = texts.iter().position(|text| text.starts_with("bulk"));
    let high = texts.iter().rposition(|text| text.starts_with("high"));
    let sorted = LANES.iter().all(|lane| of(lane).len() == 3 && of(lane).is_sorted());
    anyhow::ensure!(texts[0].starts_with("high") && high < bulk && sorted, "{texts:?}");
    Ok(())
}

async fn stage() -> anyhow::Result<Stage> {
    let stage = Stage::with(slow(ANSWER)).await?;
    // One after the other, so that the order of arrival is the order of sending.
    stage.pace(Pace { per_second: 100.0, burst: 1 }).await?;
    Ok(stage)
}

#[tokio::test]
async fn a_missing_licence_waits_for_the_operators_word() -> anyhow::Result<()> {
    let stage = stage().await?;
    stage.sim.fault(FaultKind::LicenceRequired {}, Trigger::ALWAYS);
    let replica = Replica::with(&stage, &[("calls_per_channel", "1")]).await?;
    backlog(&stage).await?;
    stage.until_door("licence_required").await?;
    nothing_was_burned(&stage).await?;
    let mut channels = ChannelServiceClient::new(replica.operator()?);
    let probe = || ProbeChannelRequest {
        channel_id: ChannelId::from_uuid(CHANNEL).to_string(),
        ..Default::default()
    };
    // Too early: the one message that tries finds it closed and loses nothing.
    channels.probe_channel(probe()).await?;
    stage.until_refused(2).await?;
    stage.until_door("licence_required").await?;
    assert_eq!(stage.count("select coalesce(max(tries), 0)::bigint from delivery.message").await?, 0);
    stage.sim.forgive_all();
    channels.probe_channel(probe()).await?;
    stage.until_all("sent", 9).await?;
    in_lane_order(&stage.texts())?;
    Ok(())
}

#[tokio::test]
async fn a_session_that_ended_waits_for_the_news_of_its_return() -> anyhow::Result<()> {
    let stage = stage().await?;
    stage.sim.fault(FaultKind::LoggedOut { answer: ClosedAnswer::ConnectionClosed }, Trigger::ALWAYS);
    let _replica = Replica::start(&stage).await?;
    // The news comes before any message tries.
    stage.connection("close", Some(401)).await?;
    stage.until_door("logged_out").await?;
    backlog(&stage).await?;
    // Old good news from another channel's point of view changes nothing; the phone is still gone.
    stage.connection("connecting", None).await?;
    let handled = async || {
        let open = "select count(*) from delivery.channel_event where handled_at is null";
        (stage.count(open).await.ok()? == 0).then_some(())
    };
    testkit::eventually(PATIENCE, "the news is taken up", handled).await?;
    nothing_was_burned(&stage).await?;
    stage.sim.forgive_all();
    stage.connection("open", None).await?;
    all_went_in_lane_order(&stage).await
}

#[tokio::test]
async fn a_refused_key_waits_for_a_change_of_the_channel() -> anyhow::Result<()> {
    let stage = stage().await?;
    let pace = Pace { per_second: 100.0, burst: 1 };
    stage.declare(CHANNEL, "harbour", pace, &stage.sim.url(), "wrong-key").await?;
    let _replica = Replica::with(&stage, &[("calls_per_channel", "1")]).await?;
    backlog(&stage).await?;
    stage.until_door("credentials").await?;
    nothing_was_burned(&stage).await?;
    stage.declare(CHANNEL, "harbour", pace, &stage.sim.url(), "key").await?;
    all_went_in_lane_order(&stage).await
}
