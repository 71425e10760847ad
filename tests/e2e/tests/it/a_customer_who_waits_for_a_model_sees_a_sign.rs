use std::time::Duration;

use e2e::Stack;
use simulators::{delay::Delay, faults::Trigger, model::ModelFault};

const PHONE: &str = "447700900123";
const PATIENCE: Duration = Duration::from_secs(20);
/// Signs that were ever given to delivery: the rows themselves are gone within a second.
const GIVEN: &str = "select case when is_called then last_value else 0 end from delivery.signal_id_seq";

#[tokio::test(flavor = "multi_thread")]
async fn and_who_is_answered_at_once_sees_none() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let rows = stack.rows().await?;
    stack.customer(PHONE, "menu")?;
    stack.hears(PHONE, 1, PATIENCE).await?;
    let given: i64 = sqlx::query_scalar(GIVEN).fetch_one(&rows).await?;
    assert_eq!(given, 0, "no model was asked");
    stack.model.fault(ModelFault::Latency { delay: Delay::millis(2_500) }, Trigger::ALWAYS);
    stack.customer(PHONE, "Can you tell me whether there is parking?")?;
    // Read, and "typing": once for the turn, before its answer.
    stack.counts(2, "both signs are given", GIVEN, PATIENCE).await?;
    assert_eq!(stack.sent_to(PHONE).len(), 1, "the answer is still being written");
    stack.hears(PHONE, 2, PATIENCE).await?;
    let given: i64 = sqlx::query_scalar(GIVEN).fetch_one(&rows).await?;
    assert_eq!(given, 2);

    // Who waits longer than the agent allows is asked for a moment, once in a while, and then gets the answer.
    for change in [
        "update conversation.agent_version set definition = definition || '{\"ack_after\": 1200}'",
        "update conversation.tenant set updated_at = clock_timestamp()",
    ] {
        sqlx::query(change).execute(&rows).await?;
    }
    for (question, heard) in
        [("And is there a lift to the first floor?", 4), ("Is it far from the station?", 5)]
    {
        stack.customer(PHONE, question)?;
        let sent = stack.hears(PHONE, heard, PATIENCE).await?;
        assert!(sent[2].starts_with("One moment"), "{sent:?}");
        assert_eq!(sent.iter().filter(|text| text.starts_with("One moment")).count(), 1, "{sent:?}");
    }
    Ok(())
}
