use std::time::Duration;

use e2e::Stack;

const SOON: Duration = Duration::from_secs(20);

/// The machine had answered, and the answer could not leave: its channel was closed. Then a person took over.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_machine_could_not_say_in_time_is_not_said() -> anyhow::Result<()> {
    let (stack, phone) = (Stack::start().await?, "447700973001");
    let rows = stack.rows().await?;
    stack.customer(phone, "hi")?;
    stack.hears(phone, 1, SOON).await?;
    let events = |state: &'static str| {
        sqlx::query(
            "insert into delivery.channel_event (channel_id, state) select id, $1 from delivery.channel",
        )
        .bind(state)
    };
    events("pause").execute(&rows).await?;
    let closed = "select count(*) from delivery.channel where door ? 'closed'";
    stack.counts(1, "the channel is closed", closed, SOON).await?;
    stack.customer(phone, "and another thing")?;
    let waiting = "select count(*) from delivery.message where state = 'queued' and class = 'reply'";
    stack.counts(1, "the machine has answered", waiting, SOON).await?;

    sqlx::query(
        "select conversation.set_owner(id, 'human', 'a person answers') from conversation.conversation",
    )
    .execute(&rows)
    .await?;
    let hushed = "select count(*) from delivery.message where state = 'skipped' and reason ->> 'cause' = 'person_took_over'";
    stack.counts(1, "the answer is taken back", hushed, SOON).await?;
    events("resume").execute(&rows).await?;
    stack.is_done(SOON).await?;
    assert_eq!(stack.sent_to(phone).len(), 1);
    Ok(())
}
