use contract::work::v1::{
    DiscardDeadItemRequest, GetDeadItemRequest, ListDeadItemsRequest, Owner, ReplayDeadItemRequest,
    WakeKeyRequest, dead_item_service_client::DeadItemServiceClient,
};
use ids::{ChannelId, MessageId};
use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;
use tonic::Code;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Replica, Say, Stage, TENANT};

#[tokio::test]
async fn over_grpc() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::NotOnWhatsapp {}, Trigger::next(3));
    let mut ids = Vec::new();
    for customer in 1..=3 {
        let id = stage.say(Say::reply(customer, format!("to {customer}"))).await?;
        stage.until_state(id, "dead").await?;
        ids.push(MessageId::from_uuid(id).to_string());
    }
    let mut items = DeadItemServiceClient::new(replica.operator()?);

    // Page by page, the oldest death first.
    let page =
        |after: String| ListDeadItemsRequest { page_size: 2, after, ..ListDeadItemsRequest::default() };
    let first = items.list_dead_items(page(String::new())).await?.into_inner();
    let second = items.list_dead_items(page(first.next_cursor.clone())).await?.into_inner();
    let listed: Vec<_> = first.items.iter().chain(&second.items).map(|item| item.id.clone()).collect();
    assert_eq!(listed, ids);
    assert_eq!(second.next_cursor, "");
    let item = first.items.first().cloned().unwrap_or_default();
    assert_eq!((item.kind.as_str(), item.cause.as_str()), ("outbound.reply", "NOT_ON_WHATSAPP"));
    assert_eq!((item.owner(), item.attempts), (Owner::Tenant, 1));
    assert_eq!(item.key, ChannelId::from_uuid(CHANNEL).to_string());
    assert!(!item.cause_text.contains("to 1") && !item.next_step.is_empty(), "{item:?}");
    let of_cause =
        |cause: &str| ListDeadItemsRequest { cause: cause.to_owned(), ..ListDeadItemsRequest::default() };
    assert_eq!(items.list_dead_items(of_cause("NOT_ON_WHATSAPP")).await?.into_inner().items.len(), 3);
    assert_eq!(items.list_dead_items(of_cause("TOO_LARGE")).await?.into_inner().items.len(), 0);

    // With its payload and what was tried.
    let get = |id: &str| GetDeadItemRequest { id: id.to_owned() };
    let shown = items.get_dead_item(get(&ids[0])).await?.into_inner();
    let payload: serde_json::Value = serde_json::from_str(&shown.payload_json)?;
    assert_eq!((&payload["body"]["text"], &payload["to"]), (&"to 1".into(), &Say::phone(1).into()));
    assert_eq!(shown.attempts.len(), 1);
    let attempt = &shown.attempts[0];
    assert_eq!((attempt.outcome.as_str(), attempt.code.as_str()), ("refused", "400"));
    assert_eq!(attempt.retry_class, "perm");
    assert!(attempt.cause.starts_with("the number is not on WhatsApp"), "{shown:?}");
    let missing = items.get_dead_item(get(&MessageId::generate().to_string())).await;
    assert_eq!(missing.map_err(|status| status.code()).err(), Some(Code::NotFound));

    // Replayed twice: one new message, sent.
    let replay = |id: &str, dry_run| ReplayDeadItemRequest { id: id.to_owned(), dry_run, keep_expiry: false };
    let dry = items.replay_dead_item(replay(&ids[0], true)).await?.into_inner();
    assert!(dry.new_item_id.is_empty() && dry.effect.contains("queued"), "{dry:?}");
    let new = items.replay_dead_item(replay(&ids[0], false)).await?.into_inner().new_item_id;
    let again = items.replay_dead_item(replay(&ids[0], false)).await?.into_inner().new_item_id;
    assert_eq!(new, again);
    let new: MessageId = new.parse()?;
    stage.until_state(new.uuid(), "sent").await?;
    assert_eq!(stage.texts(), ["to 1"]);
    assert_eq!(items.get_dead_item(get(&ids[0])).await?.into_inner().replayed_as, new.to_string());
    let discard = |id: &str| DiscardDeadItemRequest { id: id.to_owned(), reason: "they called".to_owned() };
    let refused = items.discard_dead_item(discard(&ids[0])).await;
    assert_eq!(refused.map_err(|status| status.code()).err(), Some(Code::FailedPrecondition));

    // Discarded twice; then never replayed.
    for _ in 0..2 {
        items.discard_dead_item(discard(&ids[1])).await?;
    }
    assert_eq!(items.get_dead_item(get(&ids[1])).await?.into_inner().discarded_because, "they called");
    let refused = items.replay_dead_item(replay(&ids[1], false)).await;
    assert_eq!(refused.map_err(|status| status.code()).err(), Some(Code::FailedPrecondition));

    // What stands against a replay now is said beforehand.
    sqlx::query("select delivery.opt_out_v1($1, $2, array[$3], 'stop')")
        .bind(TENANT)
        .bind(CHANNEL)
        .bind(Say::phone(3))
        .execute(&stage.sender)
        .await?;
    let dry = items.replay_dead_item(replay(&ids[2], true)).await?.into_inner().effect;
    assert!(dry.contains("not sent: the customer asked for no more messages"), "{dry}");

    // Only what nobody has resolved is left.
    let left = items.list_dead_items(page(String::new())).await?.into_inner().items;
    assert_eq!(left.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), [ids[2].as_str()]);
    let woken =
        items.wake_key(WakeKeyRequest { key: ChannelId::from_uuid(CHANNEL).to_string() }).await?.into_inner();
    assert_eq!(woken.waiting, 0);
    Ok(())
}

#[tokio::test]
async fn a_replay_that_keeps_its_expiry_dies_when_the_first_would() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::NotOnWhatsapp {}, Trigger::next(2));
    let mut items = DeadItemServiceClient::new(replica.operator()?);
    let replay = |id: Uuid| ReplayDeadItemRequest {
        id: MessageId::from_uuid(id).to_string(),
        keep_expiry: true,
        ..Default::default()
    };
    let (fresh, stale) = (stage.say(Say::reply(1, "to 1")).await?, stage.say(Say::reply(2, "to 2")).await?);
    for (id, ends) in [(fresh, "1 hour"), (stale, "-1 second")] {
        stage.until_state(id, "dead").await?;
        let sql = "update delivery.message set not_after = now() + $2::interval where id = $1";
        sqlx::query(sql).bind(id).bind(ends).execute(&stage.owner).await?;
    }
    let new: MessageId = items.replay_dead_item(replay(fresh)).await?.into_inner().new_item_id.parse()?;
    let same = "select count(*) from delivery.message a join delivery.message b using (not_after)
                where a.id = $1 and b.id = $2 and b.replay_of = a.id";
    let same: i64 = sqlx::query_scalar(same).bind(fresh).bind(new.uuid()).fetch_one(&stage.owner).await?;
    assert_eq!(same, 1);
    let refused = items.replay_dead_item(replay(stale)).await;
    assert_eq!(refused.map_err(|status| status.code()).err(), Some(Code::FailedPrecondition));
    Ok(())
}

#[tokio::test]
async fn a_replay_is_not_an_answer_to_whoever_opted_out_meanwhile() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::NotOnWhatsapp {}, Trigger::next(1));
    let id = stage.say(Say::reply(1, "to 1")).await?;
    stage.until_state(id, "dead").await?;
    sqlx::query("select delivery.opt_out_v1($1, $2, array[$3], 'stop')")
        .bind(TENANT)
        .bind(CHANNEL)
        .bind(Say::phone(1))
        .execute(&stage.sender)
        .await?;
    let mut items = DeadItemServiceClient::new(replica.operator()?);
    let replay = ReplayDeadItemRequest { id: MessageId::from_uuid(id).to_string(), ..Default::default() };
    let new: MessageId = items.replay_dead_item(replay).await?.into_inner().new_item_id.parse()?;
    stage.until_state(new.uuid(), "skipped").await?;
    assert!(stage.texts().is_empty());
    Ok(())
}
