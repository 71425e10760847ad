use std::time::Duration;

use bus::streams;

use crate::fixture::{CHANNEL, Replica, Say, Stage, slow};

/// No tick helps: only what is heard causes a look.
const NO_TICK: [(&str, &str); 1] = [("look_every", "10m")];

/// From now on each look leaves a row.
async fn count_looks(stage: &Stage) -> anyhow::Result<()> {
    sqlx::raw_sql(
        r"create table delivery.looked (at timestamptz not null default clock_timestamp());
          do $$ begin
              execute regexp_replace(pg_get_functiondef('delivery.heads'::regproc), '\nbegin\n',
                                     E'\nbegin\n    insert into delivery.looked default values;\n');
          end $$",
    )
    .execute(&stage.owner)
    .await?;
    Ok(())
}

async fn looks(stage: &Stage) -> anyhow::Result<i64> {
    stage.count("select count(*) from delivery.looked").await
}

#[tokio::test]
async fn nobody_looks_for_more_where_nothing_more_was_queued() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    count_looks(&stage).await?;
    let _replica = Replica::with(&stage, &NO_TICK).await?;
    stage.until_it_listens().await?;
    stage.until_state(stage.say(Say::reply(0, "the first")).await?, "sent").await?;
    stage.until_no_wake_up().await?;
    let before = looks(&stage).await?;
    assert!(before > 0, "looks are counted");
    for customer in 1..=5 {
        stage.until_state(stage.say(Say::reply(customer, "alone")).await?, "sent").await?;
        stage.until_no_wake_up().await?;
    }
    let looked = looks(&stage).await? - before;
    assert!((5..=6).contains(&looked), "five messages, each alone, took {looked} looks");
    Ok(())
}

#[tokio::test]
async fn what_stands_behind_it_in_its_line_goes_at_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &NO_TICK).await?;
    stage.until_it_listens().await?;
    let ids = stage.enqueue(&["one", "two", "three"].map(|text| Say::reply(1, text))).await?;
    // One wake-up for all three.
    stage.bus.wake(streams::outbound_subject(CHANNEL), ids[0]).await;
    stage.until_taken(3).await?;
    assert_eq!(stage.texts(), ["one", "two", "three"]);
    Ok(())
}

#[tokio::test]
async fn what_is_queued_behind_it_during_its_call_goes_at_once() -> anyhow::Result<()> {
    let stage = Stage::with(slow(Duration::from_millis(300))).await?;
    let _replica = Replica::with(&stage, &NO_TICK).await?;
    stage.until_it_listens().await?;
    let first = stage.say(Say::reply(1, "one")).await?;
    stage.until_state(first, "intended").await?;
    stage.say(Say::reply(1, "two")).await?;
    stage.until_taken(2).await?;
    assert_eq!(stage.texts(), ["one", "two"]);
    Ok(())
}
