use std::time::Duration;

use anyhow::Context as _;
use e2e::Stack;
use simulators::whatsapp::{Entry, PhoneMessage};

const PHONE: &str = "447700972000";
const SOON: Duration = Duration::from_secs(20);

/// A bridge gives up on a webhook after a while, and forgets it. Its list does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_webhook_was_given_up_is_answered_after_the_outage() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    stack.customer(PHONE, "hi")?;
    stack.hears(PHONE, 1, SOON).await?;
    stack.is_done(SOON).await?;
    let heard = stack.sent_to(PHONE).len();
    stack.program.stop().await?;

    let missed = stack.whatsapp.customer_writes(PHONE, PhoneMessage::text("is anybody there?"))?;
    testkit::eventually(SOON, "the bridge to give up", async || {
        let told = stack.whatsapp.journal().all();
        told.iter().any(|noted| matches!(&noted.entry, Entry::Lost { id, .. } if *id == missed)).then_some(())
    })
    .await?;
    // Longer than goes unnoticed.
    let rows = stack.rows().await?;
    sqlx::query("update ingest.alive set at = at - interval '10 minutes'").execute(&rows).await?;
    stack.program.start().await?;
    let done = "select count(*) from ingest.repair where state = 'done' and cause = 'outage'";
    stack.counts(1, "what was missed has been looked through", done, Duration::from_secs(40)).await?;
    stack.hears(PHONE, heard + 1, SOON).await.context("what was missed is answered")?;
    stack.is_done(SOON).await?;
    let (found, accepted): (i64, i64) = sqlx::query_as(
        "select sum(found)::bigint, sum(accepted)::bigint from ingest.repair where state = 'done'",
    )
    .fetch_one(&rows)
    .await?;
    assert!(found >= 2, "the list shows more than what was missed: {found}");
    assert_eq!(
        sqlx::query_scalar::<_, i64>("select count(*) from conversation.item where kind = 'message'")
            .fetch_one(&rows)
            .await?,
        2,
        "what had come before is recognised; {accepted} accepted"
    );
    let late: i64 =
        sqlx::query_scalar("select count(*) from conversation.item where (body ->> 'late')::boolean")
            .fetch_one(&rows)
            .await?;
    assert_eq!(late, 1, "it is marked");
    assert_eq!(
        sqlx::query_scalar::<_, i64>(
            "select count(*) from conversation.conversation where owned_by <> 'bot'"
        )
        .fetch_one(&rows)
        .await?,
        0,
        "our own messages in the list are not taken for staff's"
    );
    Ok(())
}
