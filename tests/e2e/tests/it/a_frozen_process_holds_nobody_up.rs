use std::time::{Duration, Instant};

use e2e::{Inbox, Stack};
use simulators::{delay::Delay, faults::Trigger, model::ModelFault};

const SOON: Duration = Duration::from_secs(20);
const TAKEN_OVER: Duration = Duration::from_secs(12);
/// Its process is frozen while the commit of its turn is under way in the database.
const COMMITTING: &str = "447700950001";
/// Its process is frozen while the model thinks about it.
const THINKING: &str = "447700950002";
const OTHERS: usize = 100;

fn other(n: usize) -> String {
    format!("4477009511{n:02}")
}

/// SIGSTOP in the middle of turns: nobody who writes meanwhile waits for it, another process takes the conversations over
/// once the lease has ended, and when the frozen one goes on, nothing it still meant to write is written.
#[tokio::test(flavor = "multi_thread")]
async fn others_are_accepted_at_once_and_its_own_customers_are_answered_once() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    let (rows, inbox) = (stack.rows().await?, Inbox::of(&stack).await?);
    stack.model.fault(ModelFault::Latency { delay: Delay::millis(1_000) }, Trigger::next(1));
    stack.customer(THINKING, "Hi, I need an appointment")?;
    let thinking = "select count(*) from conversation.work where owner is not null";
    stack.counts(1, "a turn is being thought about", thinking, SOON).await?;
    // The turn's transaction has locked its conversation, and waits here before it writes its own row.
    let mut holding = rows.begin().await?;
    sqlx::query("lock table conversation.turn in share mode").execute(&mut *holding).await?;
    stack.customer(COMMITTING, "hi")?;
    let committing = "select count(*) from pg_stat_activity where datname = current_database()
                      and wait_event_type = 'Lock' and query like '%commit_turns%'";
    stack.counts(1, "a turn's commit is under way", committing, SOON).await?;
    stack.program.freeze().await?;

    let mut longest = Duration::ZERO;
    for n in 0..OTHERS {
        let started = Instant::now();
        inbox.accept(&other(n), "hi").await?;
        longest = longest.max(started.elapsed());
    }
    // Of a hundred the longest is the 99th percentile.
    assert!(longest < Duration::from_secs(1), "somebody waited {longest:?}");
    // Appending never waits for somebody's work, not even in the very conversation.
    inbox.accept(COMMITTING, "hello").await?;
    holding.rollback().await?;

    let mut another = stack.another()?;
    another.start().await?;
    // The lease of 5 s, the sweeper's next look, and the turn. Not the 15 s for which the broker may still give wake-ups to
    // the open pull of the frozen one.
    stack.hears(COMMITTING, 2, TAKEN_OVER).await?;
    stack.hears(THINKING, 1, TAKEN_OVER).await?;
    stack.program.thaw().await?;
    // It ends when its turns have ended: they have tried to commit by then.
    assert_eq!(stack.program.stop().await?, Some(0), "{}", stack.program.log_tail());
    for n in 0..OTHERS {
        stack.hears(&other(n), 1, SOON).await?;
    }
    stack.is_done(SOON).await?;
    assert_eq!(stack.sent_to(COMMITTING).len(), 2, "{:?}", stack.sent_to(COMMITTING));
    assert_eq!(stack.sent_to(THINKING).len(), 1, "{:?}", stack.sent_to(THINKING));
    let doubled: Vec<_> = (0..OTHERS).map(other).filter(|phone| stack.sent_to(phone).len() != 1).collect();
    assert!(doubled.is_empty(), "not exactly once: {doubled:?}");
    stack
        .counts(0, "nothing is dead", "select count(*) from conversation.item where state = 'dead'", SOON)
        .await
}
