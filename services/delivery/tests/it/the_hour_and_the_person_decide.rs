use serde_json::{Value, json};

use crate::fixture::{CHANNEL, Cloud, Pace, Replica, Say, Stage, TENANT};

impl Stage {
    /// Quiet hours around now (or not) in a zone where it is noon somewhere: from and until so many minutes from now, UTC.
    async fn quiet(&self, from: i32, until: i32) -> anyhow::Result<()> {
        sqlx::query(
            "update delivery.channel set changed_at = clock_timestamp(), quiet_hours = jsonb_build_object(
                 'from', to_char((now() at time zone 'UTC') + make_interval(mins => $1), 'HH24:MI:SS'),
                 'until', to_char((now() at time zone 'UTC') + make_interval(mins => $2), 'HH24:MI:SS'), 'time_zone', 'UTC')",
        )
        .bind(from)
        .bind(until)
        .execute(&self.owner)
        .await?;
        Ok(())
    }

    async fn in_seconds(&self, seconds: f64) -> anyhow::Result<Value> {
        Ok(sqlx::query_scalar("select to_json(clock_timestamp() + make_interval(secs => $1))")
            .bind(seconds)
            .fetch_one(&self.owner)
            .await?)
    }
}

#[tokio::test]
async fn in_quiet_hours_only_what_somebody_waits_for_is_sent() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.quiet(-60, 60).await?;
    let says = [
        Say::reply(1, "you asked"),
        Say::reminder(1, "a reminder"),
        Say::reminder(2, "an offer").with("lane", "bulk"),
        Say::reminder(3, "of use for a moment").with("not_after", stage.in_seconds(2.0).await?),
    ];
    let ids = stage.enqueue(&says).await?;
    let _replica = Replica::start(&stage).await?;
    stage.until_state(ids[0], "sent").await?;
    stage.until_state(ids[3], "expired").await?;
    for id in &ids[1..3] {
        let row = stage.until(*id, "it waits", |row| row.reason.is_some()).await?;
        assert_eq!((row.state.as_str(), row.attempts, row.tries), ("queued", 0, 0));
        assert_eq!(row.reason.unwrap_or_default()["cause"], "quiet_hours");
        let due_in = row.due_in.unwrap_or_default();
        assert!((3000.0..3601.0).contains(&due_in), "until the end of the quiet hours: {due_in} s");
    }
    // The end comes: the rows were put off to it.
    stage.quiet(60, 120).await?;
    sqlx::query("update delivery.message set due_at = clock_timestamp() where state = 'queued'")
        .execute(&stage.owner)
        .await?;
    for id in &ids[1..3] {
        let row = stage.until_state(*id, "sent").await?;
        assert_eq!((row.attempts, row.reason), (1, None));
    }
    Ok(())
}

#[tokio::test]
async fn what_the_machine_had_answered_is_not_said_over_a_persons_head() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let later = stage.in_seconds(600.0).await?;
    let waiting = |text: &str| Say::reply(1, text).with("not_before", later.clone());
    let says = [
        waiting("the machine's answer"),
        waiting("your booking stands").with("class", "confirmation"),
        Say::reminder(1, "a reminder").with("not_before", later.clone()),
        Say::reply(2, "another conversation").with("not_before", later.clone()),
    ];
    let ids = stage.enqueue(&says).await?;
    let hushed: i32 = sqlx::query_scalar("select delivery.hush_v1($1, $2)")
        .bind(TENANT)
        .bind(uuid::Uuid::from_u128(1001))
        .fetch_one(&stage.sender)
        .await?;
    assert_eq!(hushed, 1);
    let row = stage.message(ids[0]).await?;
    assert_eq!(
        (row.state.as_str(), &row.reason.unwrap_or_default()["cause"]),
        ("skipped", &json!("person_took_over"))
    );
    for id in &ids[1..] {
        assert_eq!(stage.message(*id).await?.state, "queued");
    }
    Ok(())
}

/// Two programs say the same, in two lanes. Of the first nobody knows whether it arrived: the second waits for that.
#[tokio::test]
async fn the_same_words_wait_for_the_fate_of_the_first() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let ids = stage
        .enqueue(&[Say::reply(1, "ready"), Say::reminder(1, "ready"), Say::reminder(2, "ready")])
        .await?;
    sqlx::query(
        "update delivery.message set state = 'unknown', attempts = 1, intended_at = clock_timestamp(),
                lookup_at = clock_timestamp() + interval '1 hour', reconcile_until = clock_timestamp() + interval '1 hour'
         where id = $1",
    )
    .bind(ids[0])
    .execute(&stage.owner)
    .await?;
    let _replica = Replica::start(&stage).await?;
    stage.until_state(ids[2], "sent").await?;
    let twin = stage.until(ids[1], "it waits", |row| row.reason.is_some()).await?;
    assert_eq!((twin.state.as_str(), twin.attempts), ("queued", 0));
    assert_eq!(twin.reason.unwrap_or_default()["cause"], "twin_unknown");
    Ok(())
}

/// Meta takes 45 in a row to one customer, then one in six seconds. It never has to say so.
#[tokio::test]
async fn meta_gets_no_more_for_one_customer_than_it_takes() -> anyhow::Result<()> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    stage.at_meta(&cloud, Pace::FREE).await?;
    for customer in [1, 2] {
        stage.wrote(CHANNEL, &Say::phone(customer), 1.0).await?;
    }
    let replica = Replica::start(&stage).await?;
    let says: Vec<Say> = (0..46).map(|n| Say::reply(1, format!("line {n}"))).collect();
    let ids = stage.say_all(&says).await?;
    let last = stage.until(ids[45], "it is paced", |row| row.reason.is_some()).await?;
    assert_eq!((last.state.as_str(), last.attempts, last.tries), ("queued", 0, 0));
    assert_eq!(last.reason.unwrap_or_default()["cause"], "paced");
    assert!(last.due_in.is_some_and(|seconds| seconds < 6.5), "{:?}", last.due_in);
    assert_eq!(cloud.sends(), 45);
    // Nobody else waits for that.
    stage.say(Say::reply(2, "another customer")).await?;
    cloud.until_taken(46).await?;

    // A new owner finds the pace where the old one left it.
    replica.kill();
    sqlx::query("update delivery.pair set at = at + interval '1 hour'").execute(&stage.owner).await?;
    let _heir = Replica::start(&stage).await?;
    let held = stage.say(Say::reply(1, "after the change").with("lane", "normal")).await?;
    let row = stage.until(held, "it is paced", |row| row.reason.is_some()).await?;
    assert_eq!(row.reason.unwrap_or_default()["cause"], "paced");
    Ok(())
}
