use std::time::Duration;

use contract::alerting::v1::{
    DeadLetterState, DiscardDeadLettersRequest, GetDeadLetterRequest, ListDeadLetterActionsRequest,
    ListDeadLetterGroupsRequest, ListDeadLettersRequest, PutRetryPolicyRequest, ReplayDeadLetterRequest,
    ReplayDeadLettersRequest, dead_letter_service_client::DeadLetterServiceClient,
    retry_policy_service_client::RetryPolicyServiceClient,
};
use e2e::Stack;
use simulators::{
    faults::Trigger,
    whatsapp::{Fault, FaultKind},
};
use testkit::eventually;
use tonic::Code;

const PATIENCE: Duration = Duration::from_secs(40);
const CAUSE: &str = "NOT_ON_WHATSAPP";

/// Nobody has the next `deaths` messages to a customer; waits for the first dead letter.
async fn dies(stack: &Stack, phone: &str, deaths: u64) -> anyhow::Result<()> {
    stack.whatsapp.fault(Fault::from(FaultKind::NotOnWhatsapp {}).for_number(phone), Trigger::next(deaths));
    stack.customer(phone, "hi")
}

#[tokio::test(flavor = "multi_thread")]
async fn counted_replayed_and_discarded_together() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let rows = stack.rows().await?;
    for (n, phone) in (1..).zip(["447700960001", "447700960002", "447700960003"]) {
        dies(&stack, phone, 1).await?;
        let letters = async || {
            let all = sqlx::query_scalar::<_, i64>("select count(*) from alerting.dead_letter");
            (all.fetch_one(&rows).await.ok()? == n).then_some(())
        };
        eventually(PATIENCE, "its dead letter", letters).await?;
    }
    let mut viewer = DeadLetterServiceClient::new(stack.grpc("alerting", "viewer")?);
    let mut operator = DeadLetterServiceClient::new(stack.grpc("alerting", "operator")?);

    let groups =
        viewer.list_dead_letter_groups(ListDeadLetterGroupsRequest::default()).await?.into_inner().groups;
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].cause_name.as_str(), groups[0].count), (CAUSE, 3));
    assert!(!groups[0].next_step.is_empty() && !groups[0].responsible.is_empty(), "{groups:?}");
    assert!(groups[0].oldest_at.map(|at| at.seconds) <= groups[0].newest_at.map(|at| at.seconds));

    // A dry run shows what would be sent, to those who may read it, and changes nothing.
    let replay = |limit, dry_run| ReplayDeadLettersRequest {
        cause: CAUSE.to_lowercase(),
        limit,
        dry_run,
        asked_by: "Ana at the desk".to_owned(),
        ..Default::default()
    };
    let masked = viewer.replay_dead_letters(replay(0, true)).await?.into_inner();
    assert!(
        masked.outcomes.iter().all(|one| one.payload.is_empty() && !one.outcome.is_empty()),
        "{masked:?}"
    );
    let shown = operator.replay_dead_letters(replay(2, true)).await?.into_inner();
    assert_eq!((shown.replayed, shown.failed, shown.left), (2, 0, 1));
    assert!(shown.outcomes[0].payload.contains("447700960001"), "the oldest death first: {shown:?}");
    let forbidden = viewer.replay_dead_letters(replay(1, false)).await.map_err(|status| status.code());
    assert_eq!(forbidden.err(), Some(Code::PermissionDenied));
    let letter = shown.outcomes[0].dead_letter_id.clone();
    let get = GetDeadLetterRequest { dead_letter_id: letter.clone() };
    let seen = viewer.get_dead_letter(get.clone()).await?.into_inner();
    assert_eq!((seen.payload.as_str(), seen.attempts.len()), ("", 1));
    assert_eq!((seen.attempts[0].retry_class.as_str(), seen.attempts[0].code.as_str()), ("perm", "400"));
    assert!(operator.get_dead_letter(get).await?.into_inner().payload.contains("447700960001"));
    assert!(stack.sent_to("447700960001").is_empty());

    // Replayed for real, within the bound; asked again for the same letter: the same successor, and it is heard once.
    let done = operator.replay_dead_letters(replay(2, false)).await?.into_inner();
    assert_eq!((done.replayed, done.failed, done.left), (2, 0, 1));
    let again = ReplayDeadLetterRequest { dead_letter_id: letter.clone(), ..Default::default() };
    let again = operator.replay_dead_letter(again).await?.into_inner();
    assert_eq!(again.new_item_id, done.outcomes[0].new_item_id);
    for phone in ["447700960001", "447700960002"] {
        assert_eq!(stack.hears(phone, 1, PATIENCE).await?.len(), 1);
    }

    let discard = DiscardDeadLettersRequest {
        cause: CAUSE.to_owned(),
        reason: "they were called".to_owned(),
        ..Default::default()
    };
    let discarded = operator.discard_dead_letters(discard).await?.into_inner();
    assert_eq!((discarded.discarded, discarded.failed, discarded.left), (1, 0, 0));
    stack.is_done(PATIENCE).await?;
    assert_eq!(stack.sent_to("447700960001").len(), 1);
    assert!(stack.sent_to("447700960003").is_empty());

    let actions =
        viewer.list_dead_letter_actions(ListDeadLetterActionsRequest::default()).await?.into_inner().actions;
    let told: Vec<_> = actions.iter().map(|one| (one.action.as_str(), one.role.as_str())).collect();
    assert_eq!(told, [("discard", "operator"), ("replay", "operator"), ("replay", "operator")]);
    assert_eq!(actions[2].asked_by, "Ana at the desk");
    assert_eq!(
        (actions[0].detail.as_str(), actions[2].dead_letter_id.as_str()),
        ("they were called", letter.as_str())
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn replayed_by_a_policy_so_often_and_not_more() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    // What is too late already is left to a person.
    dies(&stack, "447700960013", 99).await?;
    stack.counts(1, "a dead letter", "select count(*) from alerting.dead_letter", PATIENCE).await?;
    sqlx::query("update alerting.dead_letter set expires_at = now() - interval '1 second'")
        .execute(&stack.rows().await?)
        .await?;
    let put = PutRetryPolicyRequest {
        cause: CAUSE.to_owned(),
        after: Some(prost_types::Duration { seconds: 1, nanos: 0 }),
        at_most: 2,
        ..Default::default()
    };
    let mut operator = RetryPolicyServiceClient::new(stack.grpc("alerting", "operator")?);
    let forbidden = operator.put_retry_policy(put.clone()).await.map_err(|status| status.code());
    assert_eq!(forbidden.err(), Some(Code::PermissionDenied));
    RetryPolicyServiceClient::new(stack.grpc("alerting", "admin")?).put_retry_policy(put).await?;

    // One is reached by the second replay; of the other, three deaths are all there is.
    dies(&stack, "447700960011", 2).await?;
    dies(&stack, "447700960012", 99).await?;
    assert_eq!(stack.hears("447700960011", 1, PATIENCE).await?.len(), 1);
    let mut letters = DeadLetterServiceClient::new(stack.grpc("alerting", "viewer")?);
    let list = |state: DeadLetterState| ListDeadLettersRequest { state: state.into(), ..Default::default() };
    let left = async || {
        let open = letters.clone().list_dead_letters(list(DeadLetterState::Open)).await.ok()?;
        let open = open.into_inner().dead_letters;
        let used_up = open.iter().any(|letter| letter.policy_retries == 2);
        (open.len() == 2 && used_up).then_some(open)
    };
    let left = eventually(PATIENCE, "the policy to be used up", left).await?;
    assert_eq!(left[1].policy_retries, 0, "it was too late: {left:?}");
    let replayed =
        letters.list_dead_letters(list(DeadLetterState::Replayed)).await?.into_inner().dead_letters;
    assert_eq!(replayed.len(), 4);
    // A replay lives no longer than the first one would have.
    assert!(replayed.iter().any(|one| one.expires_at == left[0].expires_at), "{replayed:?}");
    let by_nobody = "select count(*) from alerting.action where role = 'policy' and action = 'replay'";
    stack.counts(4, "every replay is written down", by_nobody, PATIENCE).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_broke_off_is_taken_up_again_and_nobody_hears_twice() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let rows = stack.rows().await?;
    let phones = ["447700960021", "447700960022", "447700960023"];
    for phone in phones {
        dies(&stack, phone, 1).await?;
    }
    stack.counts(3, "three dead letters", "select count(*) from alerting.dead_letter", PATIENCE).await?;
    let mut operator = DeadLetterServiceClient::new(stack.grpc("alerting", "operator")?);
    let replay = |cause: &str| ReplayDeadLettersRequest { cause: cause.to_owned(), ..Default::default() };

    // In the middle of it somebody is in the way, and whoever asked goes away.
    let mut in_the_way = rows.begin().await?;
    sqlx::query(
        "select from alerting.dead_letter where id =
             (select id from alerting.dead_letter order by died_at, id offset 1 limit 1) for update",
    )
    .fetch_one(&mut *in_the_way)
    .await?;
    let mut impatient = tonic::Request::new(replay(CAUSE));
    impatient.set_timeout(Duration::from_millis(1500));
    let broken_off = operator.replay_dead_letters(impatient).await.map_err(|status| status.code());
    assert!(
        matches!(broken_off, Err(Code::DeadlineExceeded | Code::Cancelled)),
        "it was not broken off: {broken_off:?}"
    );
    let replayed = "select count(*) from alerting.dead_letter where state = 'replayed'";
    stack.counts(1, "the first is done, the others are not", replayed, PATIENCE).await?;
    in_the_way.rollback().await?;

    let done = operator.replay_dead_letters(replay(CAUSE)).await?.into_inner();
    assert_eq!((done.failed, done.left), (0, 0), "{done:?}");
    stack.counts(3, "all are done", replayed, PATIENCE).await?;
    for phone in phones {
        stack.hears(phone, 1, PATIENCE).await?;
    }
    stack.is_done(PATIENCE).await?;
    for phone in phones {
        assert_eq!(stack.sent_to(phone).len(), 1);
    }
    let twice = "select count(*) from alerting.action where action = 'replay'";
    stack.counts(3, "each is written down once", twice, PATIENCE).await?;

    // What came in and was given up on is answered by the same call.
    sqlx::query(
        "update conversation.item set state = 'dead', settled_at = clock_timestamp(),
             error = '{\"cause\": \"TURN_FAILED\", \"cause_text\": \"a test\", \"owner\": \"operator\", \"next_step\": \"none\"}'
         where state = 'done' and kind = 'message'",
    )
    .execute(&rows)
    .await?;
    let given_up = "select count(*) from alerting.dead_letter where cause = 'TURN_FAILED' and state = 'open'";
    stack.counts(3, "letters of what came in", given_up, PATIENCE).await?;
    let done = operator.replay_dead_letters(replay("turn_failed")).await?.into_inner();
    assert_eq!((done.replayed, done.failed, done.left), (3, 0, 0), "{done:?}");
    for phone in phones {
        stack.hears(phone, 2, PATIENCE).await?;
    }
    stack.counts(0, "nothing is left", given_up, PATIENCE).await?;
    stack.is_done(PATIENCE).await?;
    assert!(phones.iter().all(|phone| stack.sent_to(phone).len() == 2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_follow_one_policy_once() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let mut another = stack.another()?;
    another.start().await?;
    let put = PutRetryPolicyRequest {
        cause: CAUSE.to_owned(),
        after: Some(prost_types::Duration { seconds: 1, nanos: 0 }),
        at_most: 1,
        ..Default::default()
    };
    RetryPolicyServiceClient::new(stack.grpc("alerting", "admin")?).put_retry_policy(put).await?;
    for phone in ["447700960031", "447700960032", "447700960033", "447700960034"] {
        dies(&stack, phone, 99).await?;
    }
    let used_up = "select count(*) from alerting.dead_letter where state = 'open' and policy_retries = 1";
    stack.counts(4, "every policy is used up", used_up, PATIENCE).await?;
    for (number, what, sql) in [
        (4, "replays", "select count(*) from alerting.action where action = 'replay' and role = 'policy'"),
        (8, "messages: each and its one replay", "select count(*) from delivery.message"),
        (8, "letters", "select count(*) from alerting.dead_letter"),
    ] {
        stack.counts(number, what, sql, PATIENCE).await?;
    }
    Ok(())
}
