use contract::delivery::v1::{
    GetQueueHealthRequest, ListChannelsRequest, PauseChannelRequest, ResumeChannelRequest,
    channel_service_client::ChannelServiceClient, queue_service_client::QueueServiceClient,
};
use ids::ChannelId;
use tonic::Code;

use crate::fixture::{CHANNEL, Pace, Replica, Say, Stage};

#[tokio::test]
async fn and_nothing_is_lost_meanwhile() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut channels = ChannelServiceClient::new(replica.operator()?);
    let channel_id = ChannelId::from_uuid(CHANNEL).to_string();
    channels
        .pause_channel(PauseChannelRequest { channel_id: channel_id.clone(), ..Default::default() })
        .await?;
    stage.until_door("paused").await?;
    let says: Vec<Say> = (0..5).map(|customer| Say::reply(customer, format!("to {customer}"))).collect();
    stage.say_all(&says).await?;
    let listed = channels.list_channels(ListChannelsRequest::default()).await?.into_inner().channels;
    let channel = listed.first().cloned().unwrap_or_default();
    assert_eq!((channel.slug.as_str(), channel.paused, channel.depth), ("harbour", true, 5));
    assert!(channel.explanation.contains("resume") && !channel.owner.is_empty(), "{channel:?}");
    // Whoever takes over keeps to the pause.
    replica.stop().await?;
    let replica = Replica::start(&stage).await?;
    let owned = async || {
        let live = "select count(*) from delivery.work where delivery.is_live(owner)";
        (stage.count(live).await.ok()? == 1).then_some(())
    };
    testkit::eventually(crate::fixture::PATIENCE, "the channel has an owner again", owned).await?;
    // Good news of the connection is no reason to go on.
    stage.connection("open", None).await?;
    let handled = async || {
        let open = "select count(*) from delivery.channel_event where handled_at is null";
        (stage.count(open).await.ok()? == 0).then_some(())
    };
    testkit::eventually(crate::fixture::PATIENCE, "the news is taken up", handled).await?;
    assert!(stage.taken().is_empty());
    assert_eq!(stage.count("select sum(attempts) from delivery.message").await?, 0);

    let mut channels = ChannelServiceClient::new(replica.operator()?);
    channels.resume_channel(ResumeChannelRequest { channel_id, ..Default::default() }).await?;
    stage.until_all("sent", 5).await?;
    stage.until_door("open").await?;
    let unknown = PauseChannelRequest { channel_id: ChannelId::generate().to_string(), ..Default::default() };
    let refused = channels.pause_channel(unknown).await;
    assert_eq!(refused.map_err(|status| status.code()).err(), Some(Code::NotFound));
    Ok(())
}

/// Nobody writes for hours after a resume: the channel must not look paused, nor anything wrong with it.
#[tokio::test]
async fn resumed_with_nothing_to_send_it_is_not_paused_any_more() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut channels = ChannelServiceClient::new(replica.operator()?);
    let channel_id = ChannelId::from_uuid(CHANNEL).to_string();
    let pause = PauseChannelRequest { channel_id: channel_id.clone(), ..Default::default() };
    let paused = channels.pause_channel(pause).await?.into_inner().channel.unwrap_or_default();
    assert_eq!((paused.door.as_str(), paused.paused), ("paused", true));
    let resume = ResumeChannelRequest { channel_id, ..Default::default() };
    let resumed = channels.resume_channel(resume).await?.into_inner().channel.unwrap_or_default();
    assert_eq!((resumed.door.as_str(), resumed.paused), ("half_open", false));
    assert!(resumed.explanation.starts_with("the next message goes first"), "{resumed:?}");
    let mut queue = QueueServiceClient::new(replica.viewer()?);
    let health = queue.get_queue_health(GetQueueHealthRequest::default()).await?.into_inner();
    assert_eq!(
        (health.status.as_str(), health.consumers[0].door.as_str()),
        ("healthy", "half_open"),
        "{health:?}"
    );
    let id = stage.say(Say::reply(1, "the first one")).await?;
    stage.until_state(id, "sent").await?;
    stage.until_door("open").await
}

#[tokio::test]
async fn a_flood_elsewhere_does_not_delay_the_pause() -> anyhow::Result<()> {
    const FLOOD: u32 = 4000;
    let stage = Stage::new().await?;
    let busy = uuid::Uuid::from_u128(100);
    stage.channel(busy, "busy", Pace { per_second: 100_000.0, burst: 1000 }).await?;
    let replica = Replica::start(&stage).await?;
    let flood: Vec<Say> = (0..FLOOD)
        .map(|customer| Say::reply(customer, "flood").with("channel_id", busy.to_string()))
        .collect();
    for part in flood.chunks(1000) {
        stage.enqueue(part).await?;
    }
    stage.until_taken(100).await?;
    let mut channels = ChannelServiceClient::new(replica.operator()?);
    let channel_id = ChannelId::from_uuid(CHANNEL).to_string();
    channels.pause_channel(PauseChannelRequest { channel_id, ..Default::default() }).await?;
    stage.until_door("paused").await?;
    let left = stage.states().await?.get("queued").copied().unwrap_or_default();
    assert!(left > 0, "the pause waited for the end of the flood");
    Ok(())
}
