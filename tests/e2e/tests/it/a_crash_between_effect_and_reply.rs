use std::time::Duration;

use e2e::Stack;

const SOON: Duration = Duration::from_secs(20);
const CUSTOMER: &str = "447700990001";

/// The customer has a question about a time before them, to be answered with yes or no.
async fn asked(stack: &Stack) -> anyhow::Result<()> {
    stack.customer(CUSTOMER, "Hi, I need an appointment")?;
    stack.hears(CUSTOMER, 1, SOON).await?;
    stack.customer(CUSTOMER, "1")?;
    let heard = stack.hears(CUSTOMER, 2, SOON).await?;
    anyhow::ensure!(heard[1].contains("Shall I book it?"), "{heard:?}");
    Ok(())
}

/// Waits for so many answers. The business's reminders, which come by themselves, are not among them.
async fn answers(stack: &Stack, n: usize) -> anyhow::Result<Vec<String>> {
    let answers = || stack.sent_to(CUSTOMER).into_iter().filter(|text| !text.contains("this is a reminder"));
    let heard = async || Some(answers().collect()).filter(|texts: &Vec<_>| texts.len() >= n);
    testkit::eventually(SOON, "the customer is answered", heard).await
}

/// What the database was told by a process that is dead by now, and what waits for a lock, is lost with it. (It would be
/// done after all: a server notices that its client is gone when it answers.)
async fn lose_what_waits(rows: &sqlx::PgPool) -> anyhow::Result<()> {
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
    .execute(rows)
    .await?;
    Ok(())
}

async fn booked(stack: &Stack, bookings: i64) -> anyhow::Result<()> {
    let confirmed = "select count(*) from scheduler.booking where status = 'confirmed'";
    stack.counts(bookings, "the book says so", confirmed, SOON).await
}

/// Booked, and dead before the customer heard of it. They say no, which can only mean what is now in the book.
#[tokio::test(flavor = "multi_thread")]
async fn a_no_after_the_effect_does_not_deny_the_booking() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    asked(&stack).await?;
    // While somebody holds the channel's row, nothing is sent.
    let rows = stack.rows().await?;
    let mut holding = rows.begin().await?;
    sqlx::query("select from delivery.work for update").execute(&mut *holding).await?;
    stack.customer(CUSTOMER, "yes")?;
    booked(&stack, 1).await?;
    stack.program.kill9().await?;
    lose_what_waits(&rows).await?;
    holding.rollback().await?;
    stack.customer(CUSTOMER, "no")?;
    stack.program.start().await?;

    let heard = answers(&stack, 4).await?;
    booked(&stack, 1).await?;
    assert!(heard[2].starts_with("Booked: "), "{heard:?}");
    // A reminder may have asked in the meantime; then the no is an answer to that, and is met with what can be done.
    let offers = ["Shall I cancel this appointment?", "2. Cancel it"];
    assert!(offers.iter().any(|offer| heard[3].contains(offer)), "{heard:?}");
    stack.counts(1, "nothing was booked twice", "select count(*) from scheduler.booking", SOON).await
}

/// Dead between the yes and the effect. Yes and no are then read together, and are no yes: nothing is booked, and nothing
/// is said to be.
#[tokio::test(flavor = "multi_thread")]
async fn a_no_before_the_effect_leaves_the_book_alone() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    asked(&stack).await?;
    let rows = stack.rows().await?;
    let mut holding = rows.begin().await?;
    sqlx::query("lock table conversation.turn in share mode").execute(&mut *holding).await?;
    stack.customer(CUSTOMER, "yes")?;
    let committing = "select count(*) from pg_stat_activity where datname = current_database()
                      and wait_event_type = 'Lock' and query like '%commit_turns%'";
    stack.counts(1, "the commit is under way", committing, SOON).await?;
    stack.program.kill9().await?;
    lose_what_waits(&rows).await?;
    holding.rollback().await?;
    booked(&stack, 0).await?;
    stack.customer(CUSTOMER, "no")?;
    stack.program.start().await?;

    let heard = answers(&stack, 3).await?;
    stack.is_done(SOON).await?;
    assert!(heard.iter().all(|text| !text.contains("Booked: ")), "{heard:?}");
    stack.counts(0, "nothing was booked", "select count(*) from scheduler.booking", SOON).await
}
