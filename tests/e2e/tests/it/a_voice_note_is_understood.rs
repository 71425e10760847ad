use std::time::{Duration, Instant};

use e2e::{Servers, Stack};
use simulators::{
    delay::Delay,
    faults::Trigger,
    model::ModelFault,
    whatsapp::{PhoneFile, PhoneMessage},
};
use testkit::Database;

const PATIENCE: Duration = Duration::from_secs(30);
const PHONE: &str = "447700973001";

/// A stack whose voice notes are written down, by a model that listens for so long.
async fn listening(takes: Duration, wait: &str) -> anyhow::Result<Stack> {
    let mut stack = Stack::prepared(
        Servers::Shared(Database::fresh(&[]).await?),
        &[("TRANSCRIPTION__WAIT", wait), ("TRANSCRIPTION__TIMEOUT", "15s")],
    )
    .await?;
    stack.program.set("TRANSCRIPTION__URL", &stack.model.url());
    stack.program.start().await?;
    if !takes.is_zero() {
        stack.model.fault(ModelFault::Latency { delay: Delay::Fixed(takes) }, Trigger::ALWAYS);
    }
    Ok(stack)
}

fn voice(words: &str) -> PhoneMessage {
    PhoneMessage::file(PhoneFile::voice(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_spoken_is_answered_like_what_is_written() -> anyhow::Result<()> {
    let stack = listening(Duration::ZERO, "20s").await?;
    stack.whatsapp.customer_writes(PHONE, voice("I need a check-up tomorrow morning"))?;
    let started = Instant::now();
    let heard = stack.hears(PHONE, 1, PATIENCE).await?;
    assert!(!heard[0].contains("cannot listen"), "{heard:?}");
    assert!(started.elapsed() < Duration::from_secs(10), "woken as soon as the words are there");

    let rows = stack.rows().await?;
    let line: String = sqlx::query_scalar(
        "select h.text from conversation.conversation v, conversation.history(v.id, 1000, 10) h where h.author = 'customer'",
    )
    .fetch_one(&rows)
    .await?;
    assert_eq!(line, "(voice note) I need a check-up tomorrow morning");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_does_not_listen_in_time_is_not_waited_for() -> anyhow::Result<()> {
    let stack = listening(Duration::from_secs(60), "3s").await?;
    stack.whatsapp.customer_writes(PHONE, voice("I need a check-up"))?;
    let heard = stack.hears(PHONE, 1, PATIENCE).await?;
    assert!(heard[0].contains("cannot listen"), "{heard:?}");
    stack.is_done(PATIENCE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoken_stop_is_a_stop() -> anyhow::Result<()> {
    let stack = listening(Duration::ZERO, "20s").await?;
    stack.whatsapp.customer_writes(PHONE, voice("stop"))?;
    let opted_out = "select count(*) from delivery.opt_out";
    stack.counts(1, "the customer is opted out", opted_out, PATIENCE).await
}
