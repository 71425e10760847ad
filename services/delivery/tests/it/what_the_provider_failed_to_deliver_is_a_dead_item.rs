use contract::work::v1::{
    ListDeadItemsRequest, Owner, ReplayDeadItemRequest, dead_item_service_client::DeadItemServiceClient,
};
use ids::MessageId;

use crate::fixture::{Replica, Say, Stage};

#[tokio::test]
async fn it_is_listed_replayed_and_closed_when_it_arrives_after_all() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let ids = [stage.say(Say::reply(1, "to 1")).await?, stage.say(Say::reply(2, "to 2")).await?];
    for id in ids {
        let sent = stage.until_state(id, "sent").await?;
        stage.receipt(sent.provider_id.as_deref().unwrap_or_default(), "failed").await?;
        stage.until_state(id, "failed").await?;
    }
    let mut items = DeadItemServiceClient::new(replica.operator()?);
    let listed = items.list_dead_items(ListDeadItemsRequest::default()).await?.into_inner().items;
    let names: Vec<_> = ids.iter().map(|id| MessageId::from_uuid(*id).to_string()).collect();
    assert_eq!(listed.iter().map(|item| item.id.clone()).collect::<Vec<_>>(), names);
    assert_eq!((listed[0].cause.as_str(), listed[0].owner()), ("NOT_DELIVERED", Owner::Tenant));
    assert!(listed[0].cause_text.contains("failed to deliver") && !listed[0].next_step.is_empty());

    // Sent once more as a new message.
    let replay = ReplayDeadItemRequest { id: names[0].clone(), ..Default::default() };
    let new: MessageId = items.replay_dead_item(replay).await?.into_inner().new_item_id.parse()?;
    stage.until_state(new.uuid(), "sent").await?;

    // It arrived after all.
    let provider_id = stage.message(ids[1]).await?.provider_id.unwrap_or_default();
    stage.receipt(&provider_id, "delivered").await?;
    assert_eq!(stage.message(ids[1]).await?.state, "sent");
    assert!(items.list_dead_items(ListDeadItemsRequest::default()).await?.into_inner().items.is_empty());
    Ok(())
}
