use std::time::Duration;

use e2e::{Servers, Stack};
use testkit::{Database, Proxy};

const SOON: Duration = Duration::from_secs(20);
const CUSTOMER: &str = "447700990101";

async fn behind_a_line() -> anyhow::Result<(Stack, Proxy)> {
    let database = Database::fresh(&[]).await?;
    let line = Proxy::to(database.addr()?).await?;
    let mut stack = Stack::prepared(Servers::Line(database, line.clone()), &[]).await?;
    stack.program.start().await?;
    Ok((stack, line))
}

async fn lost(line: &Proxy) -> anyhow::Result<()> {
    Ok(tokio::time::timeout(SOON, line.lost(1)).await?)
}

/// Committed, and ingest does not know it: it answers 503, the provider comes again, and the message is recognised.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_acceptance_was_not_heard_is_answered_once() -> anyhow::Result<()> {
    let (stack, line) = behind_a_line().await?;
    stack.customer(CUSTOMER, "hi")?;
    stack.hears(CUSTOMER, 1, SOON).await?;
    line.lose_next_answer_to(b"the second one");
    stack.customer(CUSTOMER, "Hello, this is the second one")?;
    lost(&line).await?;
    stack.hears(CUSTOMER, 2, SOON).await?;
    stack.is_done(SOON).await?;
    assert_eq!(stack.sent_to(CUSTOMER).len(), 2);
    stack.counts(2, "each is there once", "select count(*) from conversation.item", SOON).await?;
    stack.counts(2, "each was answered once", "select count(*) from conversation.turn", SOON).await
}

/// The turn with its effect is committed, and its process does not know it.
#[tokio::test(flavor = "multi_thread")]
async fn a_turn_whose_commit_was_not_heard_books_once_and_says_so_once() -> anyhow::Result<()> {
    let (stack, line) = behind_a_line().await?;
    stack.customer(CUSTOMER, "Hi, I need an appointment")?;
    stack.hears(CUSTOMER, 1, SOON).await?;
    stack.customer(CUSTOMER, "1")?;
    stack.hears(CUSTOMER, 2, SOON).await?;
    // Only a turn that is to be committed says this.
    line.lose_next_answer_to(b"\"upto_seq\"");
    stack.customer(CUSTOMER, "yes")?;
    lost(&line).await?;
    let heard = stack.hears(CUSTOMER, 3, SOON).await?;
    stack.is_done(SOON).await?;
    assert!(heard[2].starts_with("Booked: "), "{heard:?}");
    assert_eq!(stack.sent_to(CUSTOMER).iter().filter(|text| text.starts_with("Booked: ")).count(), 1);
    stack.counts(3, "each was answered once", "select count(*) from conversation.turn", SOON).await?;
    stack.counts(1, "one booking", "select count(*) from scheduler.booking", SOON).await?;
    stack
        .counts(0, "nobody owns it", "select count(*) from conversation.work where owner is not null", SOON)
        .await
}
